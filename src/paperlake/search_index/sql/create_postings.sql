-- The postings, from the counts of all slices: BM25 with its two parameters.
CREATE TABLE search.postings AS
SELECT
    stem_number,
    paper_number,
    (occurrences * ($k1 + 1) / (occurrences + $k1 * (1 - $b + $b * length / mean_length)))::FLOAT AS weight
FROM counts
JOIN search.documents USING (paper_number)
CROSS JOIN (SELECT avg(length) AS mean_length FROM search.documents)
ORDER BY stem_number, paper_number;
