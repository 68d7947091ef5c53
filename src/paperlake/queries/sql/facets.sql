-- Papers that meet the conditions, counted by topic (or by subtopic of a topic), category, organization and year.
WITH chosen AS MATERIALIZED (
    SELECT paper_id, organization, categories, published_date, code_url
    FROM papers
    WHERE {conditions}
),

counted AS (
    SELECT 'topic' AS facet, topics.topic_id AS value, topics.label, count(*) AS paper_count
    FROM chosen
    JOIN paper_topics AS filed USING (paper_id)
    JOIN topics USING (topic_id)
    WHERE NOT filed.is_outlier
        AND CASE
            WHEN $within::VARCHAR IS NULL THEN topics.level = 1
            ELSE topics.parent_topic_id = lower($within::VARCHAR)
        END
    GROUP BY ALL
    UNION ALL
    SELECT 'category', category, category, count(*)
    FROM (SELECT unnest(categories) AS category FROM chosen)
    GROUP BY ALL
    UNION ALL
    SELECT 'organization', organization, organization, count(*)
    FROM chosen
    WHERE organization IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT 'year', year(published_date)::VARCHAR, year(published_date)::VARCHAR, count(*)
    FROM chosen
    WHERE published_date IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT 'code', 'true', 'with code', count(code_url)
    FROM chosen
    HAVING count(code_url) > 0
)

SELECT facet, value, label, paper_count
FROM counted
QUALIFY row_number() OVER (
    PARTITION BY facet ORDER BY CASE WHEN facet = 'year' THEN value::BIGINT ELSE paper_count END DESC, label, value
) <= $values
ORDER BY facet, CASE WHEN facet = 'year' THEN value::BIGINT ELSE paper_count END DESC, label, value;
