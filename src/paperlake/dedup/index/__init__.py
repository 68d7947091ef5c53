"""The index of texts: which share a block, an identifier or a match, kept in the lake from run to run."""
