-- Papers to show, with their subtopic. The ids are literals: DuckDB then reads single rows by the key's index.
SELECT papers.*, filed.topic_id, filed.label AS topic
FROM papers
LEFT JOIN (
    SELECT paper_topics.paper_id, topics.topic_id, topics.label
    FROM paper_topics
    JOIN topics USING (topic_id)
    WHERE paper_topics.level = 2 AND NOT paper_topics.is_outlier AND paper_topics.paper_id IN ({ids})
) AS filed USING (paper_id)
WHERE papers.paper_id IN ({ids});
