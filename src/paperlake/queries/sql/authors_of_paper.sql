-- The authors of a paper, in their order.
SELECT position, name, name_key FROM paper_authors WHERE paper_id = $paper_id ORDER BY position;
