-- One row per reason code and dump, with the most common sentence and the first reject, up to a limit.
WITH numbered AS (
    SELECT
        rejects.*, dumps.path, coalesce(rejects.line_start, rejects.entry_number, 0) AS place,
        count(*) OVER (PARTITION BY rejects.dump_id, rejects.reason_code, rejects.reason) AS sentence_count
    FROM rejects
    JOIN dumps USING (dump_id)
)

SELECT
    reason_code,
    min_by(reason, (-sentence_count, reason)) AS reason,
    path, count(*) AS reject_count,
    arg_min(
        CASE
            WHEN line_start IS NOT NULL THEN 'lines ' || line_start || '-' || line_end
            WHEN entry_number IS NOT NULL THEN 'object ' || entry_number
            ELSE 'whole dump'
        END,
        place
    ) AS first_place,
    arg_min(coalesce(text, ''), place) AS first_text,
    count(*) OVER () AS total
FROM numbered
GROUP BY reason_code, path
ORDER BY reject_count DESC, path, reason_code
LIMIT $1;
