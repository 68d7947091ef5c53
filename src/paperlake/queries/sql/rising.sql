-- Papers by the upvotes they gained in the last days before the newest dump that states votes.
WITH bounds AS (
    SELECT max(snapshot_date) AS until_day, max(snapshot_date) - $days::INTEGER AS from_day
    FROM paper_counts
    WHERE upvote_count IS NOT NULL
),

counted AS (
    SELECT
        counts.paper_id,
        max_by(counts.upvote_count, counts.snapshot_date) AS last_count,
        max(counts.snapshot_date) AS last_day,
        max_by(counts.upvote_count, counts.snapshot_date)
            FILTER (WHERE counts.snapshot_date <= bounds.from_day) AS count_before,
        min_by(counts.upvote_count, counts.snapshot_date) AS first_count
    FROM paper_counts AS counts
    CROSS JOIN bounds
    WHERE counts.upvote_count IS NOT NULL
    GROUP BY counts.paper_id
)

SELECT
    counted.paper_id,
    counted.last_count - coalesce(
        counted.count_before, CASE WHEN papers.published_date >= bounds.from_day THEN 0 ELSE counted.first_count END
    ) AS upvotes_gained,
    bounds.until_day AS gained_until
FROM counted
CROSS JOIN bounds
JOIN papers USING (paper_id)
WHERE counted.last_day > bounds.from_day AND upvotes_gained > 0
ORDER BY upvotes_gained DESC, counted.paper_id
LIMIT $limit;
