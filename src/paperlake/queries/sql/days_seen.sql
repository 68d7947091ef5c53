-- The days on which papers were first seen, newest first.
SELECT first_snapshot_date AS seen_date, count(*) AS paper_count
FROM papers
WHERE first_snapshot_date IS NOT NULL
GROUP BY first_snapshot_date
ORDER BY seen_date DESC
LIMIT $limit;
