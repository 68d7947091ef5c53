-- Whether this build has a search index of the present form.
SELECT count(*) = 2
FROM duckdb_columns()
WHERE schema_name = 'search'
    AND (table_name, column_name) IN (('statistics', 'next_number'), ('documents', 'id_order'));
