-- How near papers are to a vector: $1 their numbers, $2 the vector. All are of unit length.
SELECT embeddings.rowid AS paper_number, list_inner_product(embedding::FLOAT[], $2::FLOAT[]) AS cosine
FROM embeddings
WHERE embeddings.rowid IN (SELECT unnest($1::BIGINT[]));
