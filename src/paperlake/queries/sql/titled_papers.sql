-- The papers of titles, compared by letters and digits without accents and case.
WITH asked AS (
    SELECT unnest($places::BIGINT[]) AS place, unnest($titles::VARCHAR[]) AS title
),

keys AS (
    SELECT place, regexp_replace(lower(strip_accents(title)), '[^\p{L}\p{N}]+', ' ', 'g') AS title_key
    FROM asked
)

SELECT keys.place, papers.paper_id
FROM keys
JOIN papers
    ON regexp_replace(lower(strip_accents(papers.title)), '[^\p{L}\p{N}]+', ' ', 'g') = keys.title_key
WHERE length(trim(keys.title_key)) > 0
ORDER BY keys.place, papers.paper_id;
