"""Embed texts: the protocol, one file per kind of embedder, the vector store."""
