-- The topic and subtopic of a paper.
SELECT filed.topic_id, topics.label, filed.level, filed.score, filed.is_outlier
FROM paper_topics AS filed
JOIN topics USING (topic_id)
WHERE filed.paper_id = $paper_id
ORDER BY filed.level;
