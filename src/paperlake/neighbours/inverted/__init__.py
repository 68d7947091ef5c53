"""The inverted file: lists of papers by nearest centroid, and the search for neighbours in them."""
