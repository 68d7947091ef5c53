"""Naming topics: phrases, their scores, labels and keywords."""
