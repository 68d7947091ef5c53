"""Readers of the JSON of scholarly services, and of other people's JSON of papers."""
