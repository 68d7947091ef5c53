-- The trends of all topics of a level.
SELECT trend.topic_id, topics.label, trend.month, trend.paper_count, trend.share, trend.change
FROM topic_trends AS trend
JOIN topics USING (topic_id)
WHERE topics.level = $level
ORDER BY topics.paper_count DESC, trend.topic_id, trend.month;
