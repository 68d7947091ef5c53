-- The numbers of the papers of exactly this title, in plain words.
SELECT paper_number FROM search.documents WHERE title_words = $title ORDER BY paper_number;
