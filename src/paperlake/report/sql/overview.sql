-- Counts and dates of the whole lake: one row.
SELECT
    (SELECT count(*) FROM papers) AS paper_count,
    (SELECT count(*) FROM papers WHERE published_date IS NULL) AS undated_paper_count,
    (SELECT min(published_date) FROM papers) AS first_date,
    (SELECT max(published_date) FROM papers) AS last_date,
    (SELECT count(*) FROM entries) AS entry_count,
    (SELECT count(*) FROM dumps) AS dump_count,
    (SELECT max(coalesce(snapshot_date, listed_date)) FROM dumps) AS last_listed_date,
    (SELECT count(*) FROM topics WHERE level = 1) AS topic_count,
    (SELECT count(*) FROM topics WHERE level = 2) AS subtopic_count,
    (SELECT count(*) FROM rejects) AS reject_count,
    (SELECT count(*) FROM matches WHERE decision = 'unsure') AS review_pair_count,
    (SELECT max(checked_at) AT TIME ZONE 'UTC' FROM stage_checks) AS built_at;
