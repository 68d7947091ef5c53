-- The latest dumps, up to a limit, each with the number of papers that it listed first. Dumps are ordered by the day
-- they were retrieved, else by the day they are a listing for; dumps without either come last.
WITH ordered AS (
    SELECT
        *, coalesce(snapshot_date, listed_date) AS day,
        row_number() OVER (ORDER BY coalesce(snapshot_date, listed_date) NULLS LAST, path) AS place
    FROM dumps
),
firsts AS (
    SELECT min(ordered.place) AS place
    FROM paper_sources
    JOIN ordered USING (dump_id)
    GROUP BY paper_sources.paper_id
),
counts AS (SELECT place, count(*) AS paper_count FROM firsts GROUP BY place)
SELECT
    ordered.path, ordered.snapshot_date, ordered.listed_date, ordered.entry_count, ordered.reject_count,
    coalesce(counts.paper_count, 0) AS new_paper_count
FROM ordered
LEFT JOIN counts USING (place)
ORDER BY ordered.day DESC NULLS LAST, ordered.path
LIMIT $1;
