-- The binary codes of all papers, in 64-bit words, with the papers' numbers.
SELECT * EXCLUDE (paper_id) FROM search.codes;
