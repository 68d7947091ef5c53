"""Grouping papers by their vectors: neighbours, clustering, warm start and membership."""
