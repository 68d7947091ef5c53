-- The texts of papers. The ids are literals: DuckDB then reads single rows by the key's index.
SELECT paper_id, title, abstract FROM papers WHERE paper_id IN ({ids});
