-- Topics, largest first, each followed by its subtopics, with the titles of their most central papers
-- and the number of all papers that are filed under each, outliers among them.
SELECT
    topics.topic_id, topics.level, topics.parent_topic_id, topics.label, topics.description, topics.keywords,
    topics.paper_count, topics.x, topics.y, coalesce(filed.paper_count, 0) AS filed_count,
    (
        SELECT list(papers.title ORDER BY place)
        FROM unnest(topics.representative_paper_ids) WITH ORDINALITY AS central(paper_id, place)
        JOIN papers USING (paper_id)
        WHERE place <= 3
    ) AS central_titles
FROM topics
LEFT JOIN topics AS parent ON parent.topic_id = topics.parent_topic_id
LEFT JOIN (SELECT topic_id, count(*) AS paper_count FROM paper_topics GROUP BY topic_id) AS filed
    ON filed.topic_id = topics.topic_id
ORDER BY
    coalesce(parent.paper_count, topics.paper_count) DESC, coalesce(parent.label, topics.label),
    coalesce(parent.topic_id, topics.topic_id), topics.level, topics.paper_count DESC, topics.label;
