-- Papers by their ids, in that order, with their subtopics.
SELECT
    papers.paper_id, papers.title, papers.published_date, papers.upvote_count, papers.url, papers.arxiv_id,
    papers.doi, topics.label AS topic
FROM unnest($1::VARCHAR[]) WITH ORDINALITY AS wanted(paper_id, place)
JOIN papers USING (paper_id)
LEFT JOIN paper_topics AS filed ON filed.paper_id = papers.paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
ORDER BY wanted.place;
