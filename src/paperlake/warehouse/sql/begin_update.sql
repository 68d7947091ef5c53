-- What is to be deleted from a table, and inserted into it.
CREATE OR REPLACE TEMP TABLE stale (row_number BIGINT NOT NULL);
CREATE OR REPLACE TEMP TABLE fresh AS FROM "{table}" LIMIT 0;
