-- Texts and vectors of some papers, in order of id. With ids as literals, DuckDB reads these rows alone.
SELECT texts.paper_id, title, abstract, embedding
FROM (SELECT paper_id, title, abstract FROM papers WHERE paper_id IN ({ids})) AS texts
LEFT JOIN (SELECT paper_id, embedding FROM embeddings WHERE paper_id IN ({ids})) AS vectors USING (paper_id)
ORDER BY texts.paper_id;
