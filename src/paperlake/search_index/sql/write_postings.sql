-- The postings of all slices, in the order in which they are read.
INSERT INTO search.postings
SELECT stem_number, paper_number, occurrences, length
FROM counts
ORDER BY stem_number, paper_number;

DROP TABLE counts;
