"""Incremental deduplication: an index of all texts, and the update of what a change touches."""
