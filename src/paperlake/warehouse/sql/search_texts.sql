-- The texts of papers: $ids their ids, written out so that DuckDB reads single rows by the key's index.
SELECT paper_id, title, abstract FROM papers WHERE paper_id IN ($ids);
