"""BibTeX: entries as bibtexparser gives them, and their LaTeX as Unicode."""
