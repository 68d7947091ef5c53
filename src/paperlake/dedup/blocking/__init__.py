"""Blocking: which pairs of texts are compared at all."""
