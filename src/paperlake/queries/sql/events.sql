-- Topics that began or ended, newest first. At the first fit every topic begins, which is no news.
SELECT *
FROM topic_events
WHERE fit_number > 1
ORDER BY fit_number DESC, level, label, topic_id
LIMIT $limit;
