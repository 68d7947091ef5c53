-- The vectors of papers.
SELECT paper_id, embedding FROM embeddings WHERE paper_id IN ({ids}) ORDER BY paper_id;
