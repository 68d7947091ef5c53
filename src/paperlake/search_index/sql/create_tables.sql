-- The tables of the search index that are filled in slices. Counts become the postings.
CREATE SCHEMA search;
CREATE TABLE search.documents (
    paper_number INTEGER NOT NULL,
    paper_id VARCHAR NOT NULL,
    title_words VARCHAR NOT NULL,
    length FLOAT NOT NULL
);
COMMENT ON TABLE search.documents IS 'One row per paper: its number in the index, the words of its title, its length in words.';
CREATE TABLE search.hyperplanes (bit_number INTEGER NOT NULL, normal FLOAT[] NOT NULL);
COMMENT ON TABLE search.hyperplanes IS 'One row per bit of a binary code: the normal of its hyperplane.';
CREATE TEMP TABLE counts (stem_number INTEGER NOT NULL, paper_number INTEGER NOT NULL, occurrences FLOAT NOT NULL);
CREATE TEMP TABLE stems (stem VARCHAR NOT NULL, stem_number INTEGER NOT NULL);
