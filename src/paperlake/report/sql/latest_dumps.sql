-- The latest dumps, up to a limit, each with the number of papers that it listed first. Dumps are ordered by the day
-- they were retrieved, else by the day they are a listing for; dumps without either come last.
WITH firsts AS (
    SELECT sources.paper_id, sources.dump_id
    FROM paper_sources AS sources
    JOIN dumps USING (dump_id)
    QUALIFY row_number() OVER (
        PARTITION BY sources.paper_id
        ORDER BY coalesce(dumps.snapshot_date, dumps.listed_date) NULLS LAST, dumps.path, sources.entry_number
    ) = 1
)
SELECT
    dumps.path, dumps.snapshot_date, dumps.listed_date, dumps.entry_count, dumps.reject_count,
    (SELECT count(*) FROM firsts WHERE firsts.dump_id = dumps.dump_id) AS new_paper_count
FROM dumps
ORDER BY coalesce(dumps.snapshot_date, dumps.listed_date) DESC NULLS LAST, dumps.path
LIMIT $1;
