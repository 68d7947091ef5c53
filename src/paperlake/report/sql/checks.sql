-- What was checked when the tables were made, and what came out.
SELECT stage, check_name, passed, failed_row_count, checked_row_count
FROM stage_checks
ORDER BY passed, stage, check_name;
