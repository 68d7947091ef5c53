-- The votes and comments of a paper by day: the greatest count where several dumps of one day state it.
SELECT
    snapshot_date, max(upvote_count) AS upvote_count, max(comment_count) AS comment_count,
    max(code_star_count) AS code_star_count
FROM paper_counts
WHERE paper_id = $paper_id
GROUP BY snapshot_date
ORDER BY snapshot_date;
