"""The index that search reads: inverted index of words, binary codes of vectors."""
