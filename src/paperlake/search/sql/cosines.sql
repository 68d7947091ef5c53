-- Cosines of papers to a vector of unit length. With ids as literals, DuckDB reads the vectors of these rows alone.
SELECT paper_id, list_inner_product(embedding::FLOAT[], $vector::VARCHAR::FLOAT[]) AS cosine
FROM embeddings
WHERE paper_id IN ({ids});
