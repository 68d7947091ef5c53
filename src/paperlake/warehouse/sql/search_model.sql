-- The model that the papers' vectors are of, and its dimension.
SELECT model_id, len(embedding) FROM embeddings LIMIT 1;
