-- Those who wrote most papers with an author.
SELECT other.name_key, mode(other.name) AS name, count(*) AS paper_count
FROM paper_authors AS own
JOIN paper_authors AS other USING (paper_id)
WHERE own.name_key = $author AND other.name_key <> $author
GROUP BY other.name_key
ORDER BY paper_count DESC, other.name_key
LIMIT $limit;
