-- Papers by cosine to a query's vector: $1 the vector, $2 how many.
WITH nearest AS (
    -- an exact scan: vectors are of unit length, so the inner product is the cosine
    SELECT paper_id, list_inner_product(embedding::FLOAT[], $1::FLOAT[]) AS cosine
    FROM embeddings
    ORDER BY round(cosine, 6) DESC, paper_id
    LIMIT $2
)
SELECT nearest.paper_id, papers.title, papers.published_date, topics.label AS topic, nearest.cosine AS score
FROM nearest
JOIN papers USING (paper_id)
LEFT JOIN paper_topics AS filed ON filed.paper_id = nearest.paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
ORDER BY round(nearest.cosine, 6) DESC, nearest.paper_id;
