-- The numbers of stems.
SELECT stem, stem_number FROM search.words WHERE stem IN ({stems});
