-- The stems that postings are found by, with their inverse document frequency.
CREATE TABLE search.words AS
SELECT
    stem,
    stem_number,
    paper_count,
    ln(1 + (document_count - paper_count + 0.5) / (paper_count + 0.5)) AS rarity
FROM stems
JOIN (SELECT stem_number, count(*) AS paper_count FROM counts GROUP BY stem_number) USING (stem_number)
CROSS JOIN (SELECT count(*) AS document_count FROM search.documents)
ORDER BY stem;

DROP TABLE counts;
DROP TABLE stems;

COMMENT ON TABLE search.words IS 'One row per stem: the number of papers that contain it, and its inverse document frequency in BM25.';
COMMENT ON TABLE search.postings IS 'One row per stem and paper that contains it: the BM25 weight of the stem there, without idf.';
