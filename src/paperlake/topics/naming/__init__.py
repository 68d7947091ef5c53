"""Naming: labels for groups of papers."""
