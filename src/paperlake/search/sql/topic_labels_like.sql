-- The labels of topics that are most similar to a text.
SELECT label FROM topics ORDER BY jaro_winkler_similarity(lower(label), lower($topic)) DESC, label LIMIT 3;
