-- One row per topic of level 1 and month.
SELECT trend.topic_id, trend.month, trend.paper_count, trend.share
FROM topic_trends AS trend
JOIN topics USING (topic_id)
WHERE topics.level = 1
ORDER BY trend.month, trend.topic_id;
