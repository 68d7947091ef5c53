-- The papers that contain a stem, and its weight in each.
SELECT paper_number, weight FROM search.postings WHERE stem_number = $stem_number;
