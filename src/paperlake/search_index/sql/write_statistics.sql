-- Bring the totals up to date; the numbers below the next one were given to a paper at some time.
UPDATE search.statistics
SET paper_count = found.papers, mean_length = found.mean_length, next_number = $next_number
FROM (SELECT count(*) AS papers, coalesce(avg(length), 0) AS mean_length FROM search.documents) AS found;
