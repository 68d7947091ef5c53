-- Where the word index is gathered: documents stay, counts become the postings.
CREATE SCHEMA search;
CREATE TABLE search.documents (
    paper_number INTEGER NOT NULL,
    paper_id VARCHAR NOT NULL,
    title_words VARCHAR NOT NULL,
    length FLOAT NOT NULL
);
CREATE TEMP TABLE counts (stem_number INTEGER NOT NULL, paper_number INTEGER NOT NULL, occurrences FLOAT NOT NULL);
CREATE TEMP TABLE stems (stem VARCHAR NOT NULL, stem_number INTEGER NOT NULL);
