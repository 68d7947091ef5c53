-- Topics, largest first, each followed by its subtopics; or one topic.
SELECT
    topics.*, parent.label AS parent_label, coalesce(emerging.growth_low > 1, false) AS is_emerging,
    emerging.growth, emerging.growth_low
FROM topics
LEFT JOIN topics AS parent ON parent.topic_id = topics.parent_topic_id
LEFT JOIN emerging_topics AS emerging ON emerging.topic_id = topics.topic_id
WHERE $topic_id::VARCHAR IS NULL OR topics.topic_id = $topic_id
ORDER BY
    coalesce(parent.paper_count, topics.paper_count) DESC, coalesce(parent.label, topics.label),
    coalesce(parent.topic_id, topics.topic_id), topics.level, topics.paper_count DESC, topics.label, topics.topic_id;
