-- The columns of a table or view, in order, with their comments.
SELECT column_name AS name, data_type AS type, is_nullable, comment
FROM duckdb_columns()
WHERE schema_name = 'main' AND table_name = $table AND NOT internal
ORDER BY column_index;
