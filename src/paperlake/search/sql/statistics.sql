-- The number of papers, their mean length, and one more than the greatest paper number.
SELECT paper_count, mean_length, next_number FROM search.statistics;
