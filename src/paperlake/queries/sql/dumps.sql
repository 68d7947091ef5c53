-- Dumps, newest first.
SELECT dump_id, path, format, snapshot_date, listed_date, byte_size, entry_count, reject_count
FROM dumps
ORDER BY coalesce(snapshot_date, listed_date) DESC NULLS LAST, path
LIMIT $limit;
