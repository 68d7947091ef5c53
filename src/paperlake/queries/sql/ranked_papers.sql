-- Papers by the product of their vector and a direction, greatest first.
SELECT paper_id, score
FROM (
    SELECT
        papers.paper_id,
        round(
            (list_inner_product(embeddings.embedding::FLOAT[], $direction::VARCHAR::FLOAT[]) - $origin) / $scale, 5
        ) AS score,
        coalesce(papers.first_snapshot_date, papers.published_date) AS seen_date
    FROM papers
    JOIN embeddings USING (paper_id)
    WHERE papers.paper_id NOT IN ({ids}) AND {conditions}
)
WHERE $least::DOUBLE IS NULL OR score >= $least
ORDER BY {order}, paper_id
LIMIT $limit;
