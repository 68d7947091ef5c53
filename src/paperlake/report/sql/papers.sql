-- One row per paper, with its subtopic and its position on the map.
SELECT
    papers.paper_id, papers.title, papers.published_date, papers.upvote_count, papers.url, papers.arxiv_id,
    papers.doi, filed.topic_id, filed.is_outlier, filed.x, filed.y
FROM papers
JOIN paper_topics AS filed ON filed.paper_id = papers.paper_id AND filed.level = 2;
