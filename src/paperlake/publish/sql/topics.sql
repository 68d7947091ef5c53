-- The topics, largest first, for the data card.
SELECT label, paper_count, keywords[:8] FROM topics WHERE level = 1 ORDER BY paper_count DESC, label, topic_id LIMIT 50;
