"""The index that search reads: words, postings, binary codes of vectors."""
