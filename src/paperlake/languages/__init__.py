"""Languages of texts: which one a text is written in, its stop words, its stems, and scripts without blanks."""
