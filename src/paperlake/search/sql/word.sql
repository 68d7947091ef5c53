-- The number of a stem.
SELECT stem_number FROM search.words WHERE stem = $stem;
