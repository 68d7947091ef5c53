"""The catalogue: every table, declared once."""
