-- One row per check of the last build of each stage, failed checks first.
SELECT stage, check_name, passed, failed_row_count, checked_row_count
FROM stage_checks
ORDER BY passed, stage, check_name;
