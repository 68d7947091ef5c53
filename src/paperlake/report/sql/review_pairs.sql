-- Pairs of texts for a person to review, highest match score first, up to a limit.
SELECT title_a, title_b, title_similarity, abstract_similarity, score
FROM review_pairs
ORDER BY score DESC, entry_id_a, entry_id_b
LIMIT $1;
