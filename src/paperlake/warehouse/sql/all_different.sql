-- All rows of the build and of the lake.
CREATE OR REPLACE TEMP TABLE different AS
SELECT old.row_number, NULL::BIGINT AS new_number FROM {old} AS old
UNION ALL
SELECT NULL, rowid FROM new;
