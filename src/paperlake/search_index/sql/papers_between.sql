-- Texts and vectors of the papers from one id to before another, in order of id.
SELECT texts.paper_id, title, abstract, embedding
FROM (SELECT paper_id, title, abstract FROM papers WHERE paper_id >= $first AND paper_id < $last) AS texts
LEFT JOIN (SELECT paper_id, embedding FROM embeddings WHERE paper_id >= $first AND paper_id < $last) AS vectors
    USING (paper_id)
ORDER BY texts.paper_id;
