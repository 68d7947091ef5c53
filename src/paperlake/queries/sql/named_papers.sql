-- The papers that identifiers name, as named.sql finds them, for many identifiers at once.
WITH asked AS (
    SELECT unnest($places::BIGINT[]) AS place, unnest($kinds::VARCHAR[]) AS kind, unnest($names::VARCHAR[]) AS name
),

found AS (
    SELECT asked.place, papers.paper_id, 1 AS preference
    FROM asked
    JOIN papers ON asked.kind = 'paper id' AND papers.paper_id = asked.name
    UNION ALL
    SELECT asked.place, papers.paper_id, 1
    FROM asked
    JOIN papers ON asked.kind = 'arXiv id' AND lower(papers.arxiv_id) = asked.name
    UNION ALL
    SELECT asked.place, papers.paper_id, 1
    FROM asked
    JOIN papers ON asked.kind = 'DOI' AND papers.doi = asked.name
    UNION ALL
    SELECT asked.place, papers.paper_id, 1
    FROM asked
    JOIN papers ON asked.kind = 'URL' AND papers.url = asked.name
    UNION ALL
    SELECT asked.place, sources.paper_id, 2
    FROM asked
    JOIN paper_sources AS sources ON asked.kind = 'paper id' AND sources.entry_id = asked.name
    UNION ALL
    SELECT asked.place, sources.paper_id, 2
    FROM asked
    JOIN entries ON asked.kind = 'arXiv id' AND lower(entries.arxiv_id) = asked.name
    JOIN paper_sources AS sources USING (dump_id, entry_number)
    UNION ALL
    SELECT asked.place, sources.paper_id, 2
    FROM asked
    JOIN entries ON asked.kind = 'DOI' AND entries.doi = asked.name
    JOIN paper_sources AS sources USING (dump_id, entry_number)
    UNION ALL
    SELECT asked.place, sources.paper_id, 2
    FROM asked
    JOIN entries ON asked.kind = 'URL' AND entries.url = asked.name
    JOIN paper_sources AS sources USING (dump_id, entry_number)
)

SELECT DISTINCT place, paper_id
FROM found
QUALIFY preference = min(preference) OVER (PARTITION BY place)
ORDER BY place, paper_id;
