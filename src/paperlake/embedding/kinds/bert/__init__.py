"""Models of the plain BERT architecture, without transformers: in torch, and in NumPy for queries."""
