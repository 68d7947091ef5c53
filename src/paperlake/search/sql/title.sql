-- The numbers of the papers of exactly this title, in plain words. Numbers are compared faster than texts.
SELECT paper_number
FROM search.documents
WHERE title_key = md5_number_lower($title) AND title_words = $title
ORDER BY paper_id;
