"""Vectors to labelled topics: clustering, labels, trends, the map."""
