-- Papers on the map. Ids are hashes, so the first of them are a random sample, and the same one in every build.
SELECT
    chosen.paper_id, chosen.topic_id, coalesce(topics.parent_topic_id, topics.topic_id) AS top_topic_id,
    chosen.is_outlier, chosen.x, chosen.y, papers.title, papers.published_date, papers.upvote_count
FROM (
    SELECT filed.*
    FROM paper_topics AS filed
    JOIN topics USING (topic_id)
    WHERE filed.level = 2
        AND (
            $topic_id::VARCHAR IS NULL
            OR (NOT filed.is_outlier AND (filed.topic_id = $topic_id OR topics.parent_topic_id = $topic_id))
        )
    ORDER BY filed.paper_id
    LIMIT $limit
) AS chosen
JOIN topics USING (topic_id)
JOIN papers USING (paper_id)
ORDER BY chosen.paper_id;
