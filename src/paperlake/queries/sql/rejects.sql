-- Rejects by reason code, with the most common sentence.
SELECT
    reason_code, count(*) AS reject_count, count(DISTINCT dump_id) AS dump_count, mode(reason) AS reason
FROM rejects
GROUP BY reason_code
ORDER BY reject_count DESC, reason_code;
