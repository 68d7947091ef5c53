-- The papers that contain any of some stems, and the BM25 weight of the stem in each without idf; also papers that are
-- gone.
SELECT
    stem_number, paper_number,
    (occurrences * ($k1 + 1) / (occurrences + $k1 * (1 - $b + $b * length / $mean_length)))::FLOAT AS weight
FROM search.postings
WHERE stem_number IN ({stem_numbers});
