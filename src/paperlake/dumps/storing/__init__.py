"""Dumps in the lake: how their entries and rejects are divided into files, and reading only what is new."""
