-- The numbers of the papers for which all conditions hold; a condition that is NULL holds for all.
SELECT documents.paper_number
FROM papers
JOIN search.documents USING (paper_id)
WHERE ($published_from::DATE IS NULL OR published_date >= $published_from::DATE)
    AND ($published_to::DATE IS NULL OR published_date <= $published_to::DATE)
    AND ($seen_from::DATE IS NULL OR first_snapshot_date >= $seen_from::DATE)
    AND ($seen_to::DATE IS NULL OR first_snapshot_date <= $seen_to::DATE)
    AND ($organization::VARCHAR IS NULL OR contains(lower(organization), lower($organization::VARCHAR)))
    AND ($category::VARCHAR IS NULL OR len(list_filter(
        categories,
        lambda category: lower(category) = lower($category::VARCHAR)
            OR starts_with(lower(category), lower($category::VARCHAR) || '.')
    )) > 0)
    AND ($has_code::BOOLEAN IS NOT TRUE OR code_url IS NOT NULL)
    AND ($min_upvotes::BIGINT IS NULL OR upvote_count >= $min_upvotes::BIGINT)
    AND ($topic::VARCHAR IS NULL OR paper_id IN (
        SELECT filed.paper_id
        FROM paper_topics AS filed
        JOIN topics USING (topic_id)
        WHERE NOT filed.is_outlier
            AND (topic_id = lower($topic::VARCHAR) OR lower(label) = lower($topic::VARCHAR))
    ));
