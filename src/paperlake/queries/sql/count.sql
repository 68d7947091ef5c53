-- The number of papers that meet the conditions.
SELECT count(*) AS paper_count FROM papers WHERE {conditions};
