"""Entries to papers: normalisation, candidates, the decision, merging."""
