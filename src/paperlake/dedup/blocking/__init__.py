"""Blocking: select the pairs of texts that are compared at all."""
