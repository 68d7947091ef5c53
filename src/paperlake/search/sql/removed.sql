-- The numbers of papers that are gone or were changed.
SELECT paper_number FROM search.removed;
