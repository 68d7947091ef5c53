-- One row per match method: how many entries it merged, and the lowest score.
SELECT match_method, count(*) AS entry_count, min(match_score) AS least_score
FROM paper_sources
GROUP BY match_method
ORDER BY entry_count DESC, match_method;
