-- The entries that a paper was merged from: place, title, and why.
SELECT
    sources.entry_id, sources.dump_id, sources.entry_number, sources.match_method, sources.match_score,
    entries.title, entries.line_start, entries.line_end, entries.url, dumps.path, dumps.format, dumps.snapshot_date
FROM paper_sources AS sources
JOIN entries USING (dump_id, entry_number)
JOIN dumps USING (dump_id)
WHERE sources.paper_id = $paper_id
ORDER BY sources.match_method <> 'first', dumps.snapshot_date NULLS LAST, dumps.path, sources.entry_number
LIMIT 100;
