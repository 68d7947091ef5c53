"""A lake in an object store: its working copy on this machine, its commits, its lease.

The stages work on a folder of this machine, the working copy. What they read is fetched before, what they
commit is put before the commit counts. One object, the head, says which manifests are current and who holds
the lake; it is replaced only by a conditional put, so that of two writers one fails.
"""
