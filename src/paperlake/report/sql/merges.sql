-- How entries became part of their papers.
SELECT match_method, count(*) AS entry_count, min(match_score) AS least_score
FROM paper_sources
GROUP BY match_method
ORDER BY entry_count DESC, match_method;
