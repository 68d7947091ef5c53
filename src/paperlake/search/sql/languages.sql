-- The languages of the stems that are marked with one.
SELECT DISTINCT substring(stem, 1, 2) AS language FROM search.words WHERE substring(stem, 3, 1) = ':' ORDER BY language;
