-- Labels of topics that are written most like $1.
SELECT label FROM topics ORDER BY jaro_winkler_similarity(lower(label), lower($1)) DESC, label LIMIT 3;
