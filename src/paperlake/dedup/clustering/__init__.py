"""Clustering: from decided pairs to groups of entries that are one paper."""
