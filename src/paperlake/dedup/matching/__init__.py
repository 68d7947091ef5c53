"""Matching: features of a candidate pair, the match score, the decision."""
