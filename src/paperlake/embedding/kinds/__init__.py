"""One file a kind of embedder, and what the kinds that run a model here have in common."""
