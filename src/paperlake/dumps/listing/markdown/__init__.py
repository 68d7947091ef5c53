"""Listing pages exported as Markdown."""
