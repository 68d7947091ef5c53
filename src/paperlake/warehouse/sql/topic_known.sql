-- Whether a topic has this id or label: $1.
SELECT 1 FROM topics WHERE topic_id = lower($1) OR lower(label) = lower($1) LIMIT 1;
