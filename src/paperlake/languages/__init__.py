"""Languages of texts: detection, stop words, stems, and scripts without blanks."""
