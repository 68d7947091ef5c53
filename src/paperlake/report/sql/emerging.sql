-- Topics whose share of the papers grew beyond chance, by the lower 95% bound of their growth: up to a limit per level.
SELECT
    emerging.topic_id, emerging.level, emerging.month_from, topics.label, parent.label AS parent_label,
    emerging.recent_paper_count, emerging.earlier_paper_count, emerging.recent_share, emerging.earlier_share,
    emerging.growth, emerging.growth_low
FROM emerging_topics AS emerging
JOIN topics USING (topic_id)
LEFT JOIN topics AS parent ON parent.topic_id = topics.parent_topic_id
WHERE emerging.rank <= $1 AND emerging.growth_low > 1
ORDER BY emerging.level, emerging.rank, emerging.topic_id;
