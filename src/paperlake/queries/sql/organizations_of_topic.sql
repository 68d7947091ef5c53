-- The organizations with most papers of a topic.
SELECT papers.organization, count(*) AS paper_count
FROM paper_topics AS filed
JOIN papers USING (paper_id)
WHERE filed.topic_id = $topic_id AND NOT filed.is_outlier AND papers.organization IS NOT NULL
GROUP BY papers.organization
ORDER BY paper_count DESC, papers.organization
LIMIT $limit;
