-- The paper that an id stands for: $1 the id.
SELECT paper_id FROM (
    SELECT paper_id, 1 AS preference FROM papers WHERE paper_id = $1
    UNION ALL
    SELECT DISTINCT paper_id, 2 FROM paper_sources WHERE entry_id = $1
)
ORDER BY preference, paper_id
LIMIT 1;
