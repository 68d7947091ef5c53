"""Readers of dumps with a structure of their own: JSON, JSON lines and HTML."""
