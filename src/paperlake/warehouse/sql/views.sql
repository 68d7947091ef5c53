-- Views over the public tables: what people ask for most.

CREATE VIEW topic_tree AS
SELECT
    parent.label AS topic,
    child.label AS subtopic,
    child.paper_count,
    child.keywords,
    parent.topic_id,
    child.topic_id AS subtopic_id
FROM topics AS child
JOIN topics AS parent ON child.parent_topic_id = parent.topic_id
WHERE child.level = 2
ORDER BY parent.paper_count DESC, parent.label, child.paper_count DESC, child.label;
COMMENT ON VIEW topic_tree IS 'One row per subtopic, under its topic, the largest first.';

CREATE VIEW filed_papers AS
SELECT
    papers.*,
    topic.label AS topic,
    subtopic.label AS subtopic,
    level_1.topic_id,
    level_2.topic_id AS subtopic_id,
    level_2.score AS topic_score,
    level_2.is_outlier
FROM papers
LEFT JOIN paper_topics AS level_1 ON level_1.paper_id = papers.paper_id AND level_1.level = 1
LEFT JOIN topics AS topic ON topic.topic_id = level_1.topic_id
LEFT JOIN paper_topics AS level_2 ON level_2.paper_id = papers.paper_id AND level_2.level = 2
LEFT JOIN topics AS subtopic ON subtopic.topic_id = level_2.topic_id;
COMMENT ON VIEW filed_papers IS 'One row per paper, with its topic and subtopic.';

CREATE VIEW labelled_trends AS
SELECT
    topics.topic_id, topics.parent_topic_id, topics.level, topics.label,
    trend.month, trend.paper_count, trend.share, trend.change
FROM topic_trends AS trend
JOIN topics ON topics.topic_id = trend.topic_id
ORDER BY topics.level, topics.label, topics.topic_id, trend.month;
COMMENT ON VIEW labelled_trends IS 'One row per topic and month, with the label of the topic; paper_count is that of the month.';

CREATE VIEW review_pairs AS
SELECT matches.*, a.title AS title_a, b.title AS title_b
FROM matches
JOIN (SELECT entry_id, any_value(title) AS title FROM entries GROUP BY entry_id) AS a
    ON a.entry_id = matches.entry_id_a
JOIN (SELECT entry_id, any_value(title) AS title FROM entries GROUP BY entry_id) AS b
    ON b.entry_id = matches.entry_id_b
WHERE matches.decision = 'unsure'
ORDER BY matches.score DESC, matches.entry_id_a, matches.entry_id_b;
COMMENT ON VIEW review_pairs IS 'Pairs of texts that are nearly the same paper, the closest first.';
