"""Grouping: papers into groups by their vectors."""
