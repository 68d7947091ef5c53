-- One row per rule of paper_number that a table breaks; none if the index numbers the papers correctly. Which paper has
-- which number is looked at from a number on: what an update left alone was looked at before.
WITH looked_at AS (
    SELECT 'search.documents' AS table_name, paper_number, paper_id
    FROM search.documents
    WHERE paper_number >= $first_number
    UNION ALL
    SELECT 'search.codes', paper_number, paper_id
    FROM search.codes
    WHERE paper_number >= $first_number
),
totals AS (
    SELECT
        'search.documents' AS table_name, count(*) AS row_count, count(DISTINCT paper_number) AS number_count,
        coalesce(min(paper_number), 0) AS first_number, coalesce(max(paper_number), -1) AS last_number
    FROM search.documents
    UNION ALL
    SELECT
        'search.codes', count(*), count(DISTINCT paper_number),
        coalesce(min(paper_number), 0), coalesce(max(paper_number), -1)
    FROM search.codes
)
SELECT
    table_name || ' has ' || row_count || ' rows, ' || number_count || ' different numbers from '
    || first_number || ' to ' || last_number || ' for ' || papers || ' papers and ' || next_number || ' numbers'
    AS fault
FROM totals
CROSS JOIN (SELECT count(*) AS papers FROM papers)
CROSS JOIN search.statistics
WHERE row_count <> papers OR number_count <> papers OR first_number < 0 OR last_number >= next_number
UNION ALL
SELECT table_name || ' has ' || count(*) || ' rows whose paper_id is unknown or has another number elsewhere'
FROM looked_at
LEFT JOIN papers ON papers.paper_id = looked_at.paper_id
LEFT JOIN search.documents AS documents ON documents.paper_number = looked_at.paper_number
WHERE papers.paper_id IS NULL OR documents.paper_id IS DISTINCT FROM looked_at.paper_id
GROUP BY table_name
UNION ALL
SELECT 'search.postings has the number of no paper, from ' || first_number || ' to ' || last_number
FROM (SELECT min(paper_number) AS first_number, max(paper_number) AS last_number FROM search.postings)
CROSS JOIN search.statistics
WHERE first_number < 0 OR last_number >= next_number
UNION ALL
SELECT 'search.removed has ' || count(*) || ' numbers of papers that are not gone'
FROM search.removed
SEMI JOIN search.documents USING (paper_number)
HAVING count(*) > 0
UNION ALL
SELECT 'search.statistics counts ' || paper_count || ' papers where there are ' || papers
FROM search.statistics
CROSS JOIN (SELECT count(*) AS papers FROM papers)
WHERE paper_count <> papers;
