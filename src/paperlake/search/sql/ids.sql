-- All papers of the index: their numbers, and their ids as numbers.
SELECT paper_number, id_order FROM search.documents;
