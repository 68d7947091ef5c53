-- Papers by their ids: the beginning of the abstract, the first authors, the organization, the code, and the nearest
-- papers up to a limit. With ids as literals, DuckDB reads these rows alone.
WITH written AS (
    SELECT paper_id, list(name ORDER BY position) FILTER (WHERE position <= $1) AS authors
    FROM paper_authors
    WHERE paper_id IN ({ids})
    GROUP BY paper_id
),
near AS (
    SELECT
        similar_papers.paper_id,
        list({
            'paper_id': other.paper_id, 'title': other.title, 'url': other.url, 'arxiv_id': other.arxiv_id,
            'doi': other.doi, 'similarity': similar_papers.similarity
        } ORDER BY similar_papers.rank) AS similar
    FROM similar_papers
    JOIN papers AS other ON other.paper_id = similar_papers.similar_paper_id
    WHERE similar_papers.paper_id IN ({ids}) AND similar_papers.rank <= $2
    GROUP BY similar_papers.paper_id
)
SELECT
    papers.paper_id, left(papers.abstract, $3) AS abstract, papers.author_count, papers.organization, papers.code_url,
    coalesce(written.authors, []) AS authors, coalesce(near.similar, []) AS similar
FROM papers
LEFT JOIN written USING (paper_id)
LEFT JOIN near USING (paper_id)
WHERE papers.paper_id IN ({ids})
ORDER BY papers.paper_id;
