"""Clustering: group the entries of one paper from decided pairs, identifiers and people's decisions."""
