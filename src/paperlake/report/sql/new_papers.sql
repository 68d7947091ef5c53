-- Papers first listed on the last day of all dumps, most upvotes first, up to a limit.
WITH seen AS (
    SELECT sources.paper_id, min(coalesce(dumps.snapshot_date, dumps.listed_date)) AS first_day
    FROM paper_sources AS sources
    JOIN dumps USING (dump_id)
    GROUP BY sources.paper_id
)
SELECT
    papers.paper_id, papers.title, papers.published_date, papers.upvote_count, papers.url, papers.arxiv_id,
    papers.doi, topics.label AS topic, count(*) OVER () AS total
FROM papers
JOIN seen USING (paper_id)
LEFT JOIN paper_topics AS filed ON filed.paper_id = papers.paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
WHERE seen.first_day = (SELECT max(coalesce(snapshot_date, listed_date)) FROM dumps)
ORDER BY papers.upvote_count DESC NULLS LAST, papers.published_date DESC NULLS LAST, papers.paper_id
LIMIT $1;
