-- The licences that papers state, most frequent first.
SELECT license, count(*) FROM papers WHERE license IS NOT NULL GROUP BY license ORDER BY count(*) DESC, license LIMIT 50;
