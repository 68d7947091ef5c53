"""Texts to vectors: the protocol, one file a kind of embedder, the store."""
