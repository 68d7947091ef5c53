-- Papers first listed on the last day on which a dump was retrieved, the most voted first: $1 how many.
SELECT
    papers.paper_id, papers.title, papers.published_date, papers.upvote_count, papers.url, papers.arxiv_id,
    papers.doi, topics.label AS topic, count(*) OVER () AS total
FROM papers
LEFT JOIN paper_topics AS filed ON filed.paper_id = papers.paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
WHERE papers.first_snapshot_date = (SELECT max(snapshot_date) FROM dumps)
ORDER BY papers.upvote_count DESC NULLS LAST, papers.published_date DESC NULLS LAST, papers.paper_id
LIMIT $1;
