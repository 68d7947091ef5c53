"""Builds of the warehouse that are open: for how long, for how many at a time, with how much memory."""
