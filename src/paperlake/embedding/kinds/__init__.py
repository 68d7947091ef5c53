"""Kinds of embedder, one file per kind; `local.py` is shared by those that run a model in this process."""
