-- Macros, with their comments.
SELECT function_name AS name, function_type = 'table_macro' AS is_table, parameters, comment
FROM duckdb_functions()
WHERE schema_name = 'main' AND NOT internal AND function_type IN ('macro', 'table_macro')
ORDER BY name;
