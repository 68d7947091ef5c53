-- Subtopics that grow beyond chance.
SELECT emerging.*, topics.label, topics.paper_count, parent.label AS parent_label
FROM emerging_topics AS emerging
JOIN topics USING (topic_id)
LEFT JOIN topics AS parent ON parent.topic_id = topics.parent_topic_id
WHERE emerging.level = 2 AND emerging.growth_low > 1
ORDER BY emerging.rank
LIMIT $limit;
