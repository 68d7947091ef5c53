-- Whether a topic has this id or label.
SELECT 1 FROM topics WHERE topic_id = lower($topic) OR lower(label) = lower($topic) LIMIT 1;
