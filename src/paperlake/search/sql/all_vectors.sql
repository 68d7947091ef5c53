-- The vectors of all papers, with the papers' numbers.
SELECT documents.paper_number, embeddings.embedding
FROM embeddings
JOIN search.documents USING (paper_id);
