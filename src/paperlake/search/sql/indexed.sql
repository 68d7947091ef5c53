-- Whether this build has a search index that numbers its papers.
SELECT count(*) = 2
FROM duckdb_columns()
WHERE schema_name = 'search' AND table_name IN ('documents', 'codes') AND column_name = 'paper_number';
