-- The dumps that were retrieved last, and how many papers each was the first to list: $1 how many.
SELECT
    dumps.path, dumps.format, dumps.snapshot_date, dumps.entry_count, dumps.reject_count,
    count(sources.paper_id) FILTER (sources.match_method = 'first') AS new_paper_count
FROM dumps
LEFT JOIN paper_sources AS sources USING (dump_id)
GROUP BY ALL
ORDER BY dumps.snapshot_date DESC NULLS LAST, dumps.path
LIMIT $1;
