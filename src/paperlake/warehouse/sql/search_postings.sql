-- The papers that hold a stem, and its weight in each: $1 the stem's number.
SELECT paper_number, weight FROM search.postings WHERE stem_number = $1;
