-- The table of binary codes.
CREATE TABLE search.codes (paper_number INTEGER NOT NULL, paper_id VARCHAR NOT NULL, {words});
COMMENT ON TABLE search.codes IS 'One row per paper: the binary code of its vector, in words of 64 bits.';
