"""Text helpers that every stage may use: folding of white space, and excerpts of texts from dumps.

Normalisation for identities is frozen in `dumps/identity.py`; that for deduplication is in `dedup/text/`.
"""
