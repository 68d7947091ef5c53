-- The tables of the search index, and those of one build that are filled in slices: counts become the postings.
CREATE SCHEMA search;
CREATE TABLE search.documents (
    paper_number INTEGER NOT NULL,
    paper_id VARCHAR NOT NULL,
    id_order UBIGINT NOT NULL,
    title_key UBIGINT NOT NULL,
    title_words VARCHAR NOT NULL,
    length INTEGER NOT NULL
);
CREATE TABLE search.words (stem VARCHAR NOT NULL, stem_number INTEGER NOT NULL);
CREATE TABLE search.forms (word VARCHAR NOT NULL, stem_number INTEGER);
CREATE TABLE search.postings (
    stem_number INTEGER NOT NULL,
    paper_number INTEGER NOT NULL,
    occurrences INTEGER NOT NULL,
    length INTEGER NOT NULL
);
CREATE TABLE search.hyperplanes (bit_number INTEGER NOT NULL, normal FLOAT[] NOT NULL);
CREATE TABLE search.codes (paper_number INTEGER NOT NULL, paper_id VARCHAR NOT NULL, {words});
CREATE TABLE search.removed (paper_number INTEGER NOT NULL);
CREATE TABLE search.statistics (paper_count INTEGER NOT NULL, mean_length DOUBLE NOT NULL, next_number INTEGER NOT NULL);
INSERT INTO search.statistics VALUES (0, 0, 0);

COMMENT ON TABLE search.documents IS 'One row per paper: its number in the index, its id as a number, the words of its title with a hash, its length in words.';
COMMENT ON TABLE search.words IS 'One row per stem: its number.';
COMMENT ON TABLE search.forms IS 'One row per word of the papers: the number of its stem, so that SQL needs no stemmer; NULL for stop words.';
COMMENT ON TABLE search.postings IS 'One row per stem and paper that contains it: how often, a word in the title counting three times, and the length of the paper.';
COMMENT ON TABLE search.hyperplanes IS 'One row per bit of a binary code: the normal of its hyperplane.';
COMMENT ON TABLE search.codes IS 'One row per paper: the binary code of its vector, in words of 64 bits.';
COMMENT ON TABLE search.removed IS 'One row per number of a paper that is gone or was changed: its postings do not count.';
COMMENT ON TABLE search.statistics IS 'One row: how many papers there are, their mean length in words, and the number of the next new paper.';
