-- Papers to cite, each with its entries that state a venue or a DOI, in the order of the paper's sources.
WITH stated AS (
    SELECT
        sources.paper_id,
        list(
            {
                'venue': entries.venue, 'doi': entries.doi, 'published_date': entries.published_date,
                'published_text': entries.published_text, 'year_inferred': entries.year_inferred,
                'format': dumps.format
            }
            ORDER BY dumps.snapshot_date NULLS LAST, dumps.path, entries.entry_number
        ) AS versions
    FROM paper_sources AS sources
    JOIN entries USING (dump_id, entry_number)
    JOIN dumps USING (dump_id)
    WHERE (entries.venue IS NOT NULL OR entries.doi IS NOT NULL) AND sources.paper_id IN ({ids})
    GROUP BY sources.paper_id
)

SELECT papers.*, stated.versions
FROM papers
LEFT JOIN stated USING (paper_id)
WHERE papers.paper_id IN ({ids})
ORDER BY papers.paper_id;
