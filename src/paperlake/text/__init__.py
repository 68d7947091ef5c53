"""Text helpers that every stage may use."""
