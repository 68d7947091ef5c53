-- The trend of a topic, oldest month first.
SELECT topic_id, month, paper_count, share, change FROM topic_trends WHERE topic_id = $topic_id ORDER BY month;
