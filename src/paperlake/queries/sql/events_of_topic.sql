-- What fits did to a topic, newest first. At the first fit every topic begins, which is no news.
SELECT *
FROM topic_events
WHERE (topic_id = $topic_id OR other_topic_id = $topic_id) AND fit_number > 1
ORDER BY fit_number DESC, event, topic_id
LIMIT 20;
