-- The number of a stem and its inverse document frequency.
SELECT stem_number, rarity FROM search.words WHERE stem = $stem;
