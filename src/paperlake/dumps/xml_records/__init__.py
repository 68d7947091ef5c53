"""Readers of XML: feeds of arXiv, OAI-PMH answers, DBLP and PubMed, streamed record by record."""
