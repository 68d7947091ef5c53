-- How near papers are to a vector: $numbers their numbers, $vector the vector. All are of unit length.
SELECT embeddings.rowid AS paper_number, list_inner_product(embedding::FLOAT[], $vector::FLOAT[]) AS cosine
FROM embeddings
WHERE embeddings.rowid IN ($numbers);
