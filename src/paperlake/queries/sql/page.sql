-- The ids of one page of papers, greatest value first, papers without a value last, ties by id.
SELECT paper_id, {column} AS sort_value
FROM papers
WHERE {conditions}
    AND (
        $is_first
        OR {column} < $after_value::VARCHAR::{type}
        OR ($after_value IS NOT NULL AND {column} IS NULL)
        OR ({column} IS NOT DISTINCT FROM $after_value::VARCHAR::{type} AND paper_id > $after_id::VARCHAR)
    )
ORDER BY sort_value DESC NULLS LAST, paper_id
LIMIT $limit;
