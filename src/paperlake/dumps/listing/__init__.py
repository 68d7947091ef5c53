"""Readers of listing pages saved as text: plain text in its layouts, and Markdown."""
