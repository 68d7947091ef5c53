-- Papers by cosine to a query's vector: $1 the vector, $2 how many.
SELECT
    e.paper_id,
    papers.title,
    papers.published_date,
    topics.label AS topic,
    -- an exact scan: vectors are of unit length, so the inner product is the cosine
    list_inner_product(e.embedding::FLOAT[], $1::FLOAT[]) AS score
FROM embeddings AS e
JOIN papers USING (paper_id)
LEFT JOIN paper_topics AS filed ON filed.paper_id = e.paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
ORDER BY round(score, 6) DESC, e.paper_id
LIMIT $2;
