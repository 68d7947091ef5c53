"""Runs of all assets: the Dagster instance of a lake, and what a command-line run records there."""
