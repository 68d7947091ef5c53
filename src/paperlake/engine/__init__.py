"""Run a function over many items: in this process, or on a Ray cluster over shared storage."""
