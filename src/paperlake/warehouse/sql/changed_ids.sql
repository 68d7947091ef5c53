-- Papers that came, went, or differ in a column that the search index is computed from.
INSERT INTO changed_ids
SELECT coalesce(old.paper_id, new.paper_id)
FROM old
FULL JOIN new USING ({key})
WHERE {differs};
