-- What fits did to a topic, newest first.
SELECT * FROM topic_events WHERE topic_id = $topic_id OR other_topic_id = $topic_id ORDER BY fit_number DESC, event, topic_id LIMIT 20;
