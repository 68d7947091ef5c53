"""Phrases of other languages than English: how texts are cut into groups of words, and what can be a label."""
