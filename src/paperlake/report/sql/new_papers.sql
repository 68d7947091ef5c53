-- Papers first listed on the last day of all dumps, most upvotes first, up to a limit.
WITH dated AS (
    SELECT dump_id, coalesce(snapshot_date, listed_date) = max(coalesce(snapshot_date, listed_date)) OVER () AS is_last
    FROM dumps
    WHERE coalesce(snapshot_date, listed_date) IS NOT NULL
),
seen AS (
    SELECT DISTINCT paper_id
    FROM paper_sources
    SEMI JOIN (FROM dated WHERE is_last) USING (dump_id)
),
seen_before AS (
    SELECT paper_id
    FROM paper_sources
    SEMI JOIN seen USING (paper_id)
    SEMI JOIN (FROM dated WHERE NOT is_last) USING (dump_id)
)
SELECT
    papers.paper_id, papers.title, papers.published_date, papers.upvote_count, papers.url, papers.arxiv_id,
    papers.doi, topics.label AS topic, count(*) OVER () AS total
FROM papers
SEMI JOIN seen USING (paper_id)
ANTI JOIN seen_before USING (paper_id)
LEFT JOIN paper_topics AS filed ON filed.paper_id = papers.paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
ORDER BY papers.upvote_count DESC NULLS LAST, papers.published_date DESC NULLS LAST, papers.paper_id
LIMIT $1;
