"""Text as deduplication sees it: the frozen normalisation, words, hashes."""
