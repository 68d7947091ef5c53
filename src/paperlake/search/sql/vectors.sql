-- Vectors of papers. With ids as literals, DuckDB reads the vectors of these rows alone.
SELECT paper_id, embedding FROM embeddings WHERE paper_id IN ({ids});
