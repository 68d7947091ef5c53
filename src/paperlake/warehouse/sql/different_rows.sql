-- Rows that only the build has, only the lake has, or both have with other values.
CREATE OR REPLACE TEMP TABLE different AS
SELECT
    old.row_number,
    new.rowid AS new_number,
    {to_index} AS is_to_index,
    {paper_id} AS paper_id
FROM {old} AS old
FULL JOIN new USING ({key})
WHERE {differs};
