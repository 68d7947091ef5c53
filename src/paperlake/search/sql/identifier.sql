-- The numbers of the papers that an identifier names.
-- A paper shows one arXiv id and URL; the entries it was built from may have others.
SELECT paper_number
FROM search.documents
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
ORDER BY paper_id;
