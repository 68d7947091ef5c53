-- The last event of a topic that is no more.
SELECT *
FROM topic_events
WHERE topic_id = $topic_id AND topic_id NOT IN (SELECT topics.topic_id FROM topics)
ORDER BY fit_number DESC
LIMIT 1;
