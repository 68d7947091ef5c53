-- The vectors of a sample of papers. Ids are hashes, so the first of them are one drawn at random, and it stays.
SELECT embedding FROM embeddings ORDER BY paper_id LIMIT $limit;
