-- Papers by BM25 over title and abstract: $1 the words, $2 weight of the title, $3 k1, $4 b, $5 how many.
WITH documents AS (
    SELECT
        paper_id,
        string_split_regex(lower(title), '[^\pL\pN]+') AS title_words,
        string_split_regex(lower(coalesce(abstract, '')), '[^\pL\pN]+') AS abstract_words
    FROM papers
), measured AS (
    SELECT
        *,
        len(abstract_words) + $2 * len(title_words) AS length,
        avg(len(abstract_words) + $2 * len(title_words)) OVER () AS mean_length,
        count(*) OVER () AS document_count
    FROM documents
), occurrences AS (
    SELECT
        measured.paper_id, word, length, mean_length, document_count,
        len(list_filter(abstract_words, lambda w: w = word))
            + $2 * len(list_filter(title_words, lambda w: w = word)) AS frequency
    FROM measured, (SELECT unnest($1::VARCHAR[]) AS word)
    WHERE list_contains(abstract_words, word) OR list_contains(title_words, word)
), weighted AS (
    SELECT *, ln(1 + (document_count - found_in + 0.5) / (found_in + 0.5)) AS rarity
    FROM (SELECT *, count(*) OVER (PARTITION BY word) AS found_in FROM occurrences)
), scored AS (
    SELECT
        paper_id,
        sum(rarity * frequency * ($3 + 1) / (frequency + $3 * (1 - $4 + $4 * length / mean_length))) AS bm25
    FROM weighted
    GROUP BY paper_id
    ORDER BY bm25 DESC, paper_id
    LIMIT $5
)
SELECT scored.paper_id, papers.title, papers.published_date, topics.label AS topic, scored.bm25 AS score
FROM scored
JOIN papers USING (paper_id)
LEFT JOIN paper_topics AS filed ON filed.paper_id = scored.paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
ORDER BY scored.bm25 DESC, scored.paper_id;
