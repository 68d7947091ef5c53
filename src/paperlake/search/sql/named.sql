-- The papers that an identifier names: those that have it now, else those with an entry that has it.
SELECT paper_id
FROM (
    SELECT paper_id, 1 AS preference
    FROM papers
    WHERE ($kind = 'paper id' AND paper_id = $value)
        OR ($kind = 'arXiv id' AND lower(arxiv_id) = $value)
        OR ($kind = 'DOI' AND doi = $value)
        OR ($kind = 'URL' AND url = $value)
    UNION
    SELECT paper_id, 2
    FROM paper_sources
    JOIN entries USING (dump_id, entry_number)
    WHERE ($kind = 'paper id' AND entries.entry_id = $value)
        OR ($kind = 'arXiv id' AND lower(entries.arxiv_id) = $value)
        OR ($kind = 'DOI' AND entries.doi = $value)
        OR ($kind = 'URL' AND entries.url = $value)
)
QUALIFY preference = min(preference) OVER ()
ORDER BY paper_id;
