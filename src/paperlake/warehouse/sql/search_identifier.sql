-- The numbers of the papers that an identifier names: $kind and $value.
-- A paper shows one arXiv id and URL; the entries it was made of may hold others.
SELECT papers.rowid AS paper_number
FROM papers
WHERE paper_id IN (
    SELECT paper_id FROM papers
    WHERE ($kind = 'paper id' AND paper_id = $value)
        OR ($kind = 'arXiv id' AND lower(arxiv_id) = $value)
        OR ($kind = 'DOI' AND doi = $value)
        OR ($kind = 'URL' AND url = $value)
    UNION
    SELECT paper_id
    FROM paper_sources
    JOIN entries USING (dump_id, entry_number)
    WHERE ($kind = 'paper id' AND entries.entry_id = $value)
        OR ($kind = 'arXiv id' AND lower(entries.arxiv_id) = $value)
        OR ($kind = 'DOI' AND entries.doi = $value)
        OR ($kind = 'URL' AND entries.url = $value)
)
ORDER BY paper_number;
