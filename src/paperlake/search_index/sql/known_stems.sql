-- The numbers of stems that the index has.
SELECT stem, stem_number FROM search.words JOIN asked_stems USING (stem);
