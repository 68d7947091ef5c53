-- All papers of the index and their numbers.
SELECT paper_number, paper_id FROM search.documents ORDER BY paper_number;
