-- The subtopics with most papers of an organization.
SELECT topics.topic_id, topics.label, count(*) AS paper_count
FROM papers
JOIN paper_topics AS filed USING (paper_id)
JOIN topics USING (topic_id)
WHERE papers.organization = $organization_name AND filed.level = 2 AND NOT filed.is_outlier
GROUP BY ALL
ORDER BY paper_count DESC, topics.label
LIMIT $limit;
