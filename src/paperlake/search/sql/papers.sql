-- The columns of papers that are shown. The ids are literals: DuckDB then reads single rows by the key's index.
SELECT
    papers.paper_id, papers.title, papers.abstract, papers.published_date,
    filed.label AS topic, papers.organization, papers.arxiv_id, papers.url
FROM papers
LEFT JOIN (
    SELECT paper_topics.paper_id, topics.label
    FROM paper_topics
    JOIN topics USING (topic_id)
    WHERE paper_topics.level = 2 AND paper_topics.paper_id IN ({ids})
) AS filed USING (paper_id)
WHERE papers.paper_id IN ({ids});
