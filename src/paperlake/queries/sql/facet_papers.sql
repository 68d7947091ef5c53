-- What papers are counted by, with their ids as numbers.
SELECT
    ('0x' || paper_id)::UBIGINT AS id_order, organization, categories, year(published_date) AS year,
    code_url IS NOT NULL AS has_code
FROM papers;
