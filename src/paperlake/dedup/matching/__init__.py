"""Matching: features of a pair, their weights, the decision."""
