-- The newest day on which a dump was retrieved.
SELECT max(snapshot_date) AS newest_day FROM dumps;
