"""Normalise text for deduplication, split it into words, and hash it."""
