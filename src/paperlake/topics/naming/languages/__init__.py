"""Phrases of other languages than English: how texts are cut, and what can be a label."""
