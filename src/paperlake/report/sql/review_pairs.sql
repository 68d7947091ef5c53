-- Pairs of texts for a person to review, highest match score first, up to a limit: the first rows of the view
-- review_pairs, with the titles of these alone.
WITH pairs AS (
    SELECT *
    FROM matches
    WHERE decision = 'unsure'
    ORDER BY score DESC, entry_id_a, entry_id_b
    LIMIT $1
),
titles AS (
    SELECT entry_id, any_value(title) AS title
    FROM entries
    WHERE entry_id IN (SELECT unnest([entry_id_a, entry_id_b]) FROM pairs)
    GROUP BY entry_id
)
SELECT a.title AS title_a, b.title AS title_b, pairs.title_similarity, pairs.abstract_similarity, pairs.score
FROM pairs
JOIN titles AS a ON a.entry_id = pairs.entry_id_a
JOIN titles AS b ON b.entry_id = pairs.entry_id_b
ORDER BY pairs.score DESC, pairs.entry_id_a, pairs.entry_id_b;
