-- The spellings of an author's name, most frequent first.
SELECT name, count(*) AS paper_count
FROM paper_authors
WHERE name_key = $author
GROUP BY name
ORDER BY paper_count DESC, name
LIMIT 20;
