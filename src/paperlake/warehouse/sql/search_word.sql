-- A stem's number and how much it tells: $1 the stem.
SELECT stem_number, rarity FROM search.words WHERE stem = $1;
