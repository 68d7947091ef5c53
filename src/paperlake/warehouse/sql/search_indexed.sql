-- Whether this build holds the search index.
SELECT count(*) > 0 FROM duckdb_tables() WHERE schema_name = 'search' AND table_name = 'postings';
