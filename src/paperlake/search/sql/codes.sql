-- The binary codes of all papers, in 64-bit words; the reader orders them by number.
SELECT * EXCLUDE (paper_id) FROM search.codes;
