-- The nearest neighbours of one paper, nearest first.
SELECT
    near.rank, near.similarity, near.similar_paper_id AS paper_id,
    papers.title, papers.published_date, topics.label AS topic
FROM similar_papers AS near
JOIN papers ON papers.paper_id = near.similar_paper_id
LEFT JOIN paper_topics AS filed ON filed.paper_id = near.similar_paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
WHERE near.paper_id = $paper_id
ORDER BY near.rank
LIMIT $limit;
