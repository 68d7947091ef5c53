-- The paper that has an id now, or had it before.
SELECT paper_id FROM (
    SELECT paper_id, 1 AS preference FROM papers WHERE paper_id = $paper_id
    UNION ALL
    SELECT DISTINCT paper_id, 2 FROM paper_sources WHERE entry_id = $paper_id
)
ORDER BY preference, paper_id
LIMIT 1;
