-- Entries merged into a paper of another title or text, lowest scores first: up to a limit per match method.
WITH sources AS (
    SELECT *
    FROM paper_sources
    WHERE match_method NOT IN ('first', 'same_text')
    QUALIFY rank() OVER (PARTITION BY match_method ORDER BY match_score) <= $1
)
SELECT sources.match_method, sources.match_score, entries.title AS entry_title, papers.title AS paper_title,
    dumps.path
FROM sources
JOIN entries USING (dump_id, entry_number)
JOIN papers ON papers.paper_id = sources.paper_id
JOIN dumps ON dumps.dump_id = sources.dump_id
QUALIFY row_number() OVER (
    PARTITION BY sources.match_method
    ORDER BY sources.match_score, entries.title = papers.title, sources.dump_id, sources.entry_number
) <= $1
ORDER BY sources.match_method, sources.match_score, sources.dump_id, sources.entry_number;
