-- One row per paper that is drawn, with its subtopic and its position on the map: all papers, or of more than a limit
-- the same share of each subtopic, at least one, and those listed on the page. paper_id is a hash, so the first ones are
-- a fair sample.
WITH drawn AS (
    SELECT paper_id, topic_id, is_outlier, x, y
    FROM paper_topics
    WHERE level = 2
    QUALIFY
        count(*) OVER () <= $1
        OR row_number() OVER (PARTITION BY topic_id ORDER BY paper_id)
            <= greatest(1, count(*) OVER (PARTITION BY topic_id) * $1 // count(*) OVER ())
        OR paper_id IN (SELECT unnest($2::VARCHAR[]))
)
SELECT
    papers.paper_id, papers.title, papers.published_date, papers.upvote_count, papers.url, papers.arxiv_id,
    papers.doi, drawn.topic_id, drawn.is_outlier, drawn.x, drawn.y
FROM papers
JOIN drawn USING (paper_id);
