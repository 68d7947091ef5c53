-- What the postings are read by, once they are made.
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

COMMENT ON TABLE search.documents IS 'One row a paper in order of paper_id: its number in the index, its title''s words, its length in words.';
COMMENT ON TABLE search.words IS 'One row a stem: how many papers hold it, and how much it tells (BM25 idf).';
COMMENT ON TABLE search.postings IS 'One row a stem and paper that holds it: the stem''s BM25 weight there, without idf.';
