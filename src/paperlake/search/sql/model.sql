-- The model of the papers' vectors, and their dimension.
SELECT model_id, len(embedding) FROM embeddings LIMIT 1;
