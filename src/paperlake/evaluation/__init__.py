"""Compare embedders on the papers of a lake, with intervals and a verdict."""
