-- One row per reason and dump, with the first reject as an example: at most $1.
SELECT
    rejects.reason, dumps.path, count(*) AS reject_count,
    arg_min(
        CASE
            WHEN rejects.line_start IS NOT NULL THEN 'lines ' || rejects.line_start || '-' || rejects.line_end
            WHEN rejects.entry_number IS NOT NULL THEN 'object ' || rejects.entry_number
            ELSE 'whole dump'
        END,
        coalesce(rejects.line_start, rejects.entry_number, 0)
    ) AS first_place,
    arg_min(coalesce(rejects.text, ''), coalesce(rejects.line_start, rejects.entry_number, 0)) AS first_text,
    count(*) OVER () AS total
FROM rejects
JOIN dumps USING (dump_id)
GROUP BY rejects.reason, dumps.path
ORDER BY reject_count DESC, dumps.path, rejects.reason
LIMIT $1;
