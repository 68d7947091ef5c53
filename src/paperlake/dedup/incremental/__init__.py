"""Incremental deduplication: the update of what a change touches, from the index of texts."""
