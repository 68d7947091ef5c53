"""Bibliographies as text: BibTeX, and the tagged formats RIS, MEDLINE, Web of Science and EndNote."""
