-- The numbers of the papers of exactly this title: $1 its plain words.
SELECT paper_number FROM search.documents WHERE title_words = $1;
