-- The checks of the last build of each stage, failed ones first.
SELECT stage, check_name, passed, failed_row_count, checked_row_count
FROM stage_checks
ORDER BY passed, stage, check_name;
