-- The papers that contain a stem, and its BM25 weight in each without idf; also those that are gone.
SELECT
    paper_number,
    (occurrences * ($k1 + 1) / (occurrences + $k1 * (1 - $b + $b * length / $mean_length)))::FLOAT AS weight
FROM search.postings
WHERE stem_number = $stem_number;
