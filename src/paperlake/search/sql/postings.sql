-- The papers that contain a stem, and its BM25 weight in each without idf. Numbers of papers that are gone do not count.
SELECT
    paper_number,
    (occurrences * ($k1 + 1) / (occurrences + $k1 * (1 - $b + $b * length / $mean_length)))::FLOAT AS weight
FROM search.postings
ANTI JOIN search.removed USING (paper_number)
WHERE stem_number = $stem_number;
