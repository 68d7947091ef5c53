-- Pairs of texts that a person should look at, the closest first: $1 how many.
SELECT title_a, title_b, title_similarity, abstract_similarity, score
FROM review_pairs
ORDER BY score DESC, entry_id_a, entry_id_b
LIMIT $1;
