-- Table macros over the public tables: what people ask daily. Each is shown with its output in docs/queries.md.

CREATE MACRO resolve_paper(id) AS (
    SELECT paper_id
    FROM (
        SELECT paper_id, 1 AS preference FROM papers WHERE paper_id = id OR arxiv_id = id
        UNION ALL
        SELECT paper_id, 2 FROM paper_sources WHERE entry_id = id
    )
    ORDER BY preference, paper_id
    LIMIT 1
);
COMMENT ON MACRO resolve_paper IS 'The paper_id of a paper named by its paper_id, any entry_id it ever had, or its arXiv id; NULL if there is none.';

CREATE MACRO papers_of_topic(name) AS TABLE
SELECT papers.*, filed.score AS topic_score
FROM paper_topics AS filed
JOIN topics ON topics.topic_id = filed.topic_id
JOIN papers ON papers.paper_id = filed.paper_id
WHERE NOT filed.is_outlier AND (topics.topic_id = name OR lower(topics.label) = lower(name))
ORDER BY filed.score DESC, papers.paper_id;
COMMENT ON MACRO TABLE papers_of_topic IS 'papers_of_topic(id or label): the papers of a topic or subtopic, outliers left out, best fitting first.';

CREATE MACRO trend_of_topic(name) AS TABLE
SELECT topics.label AS topic, trend.month, trend.paper_count, trend.share, trend.change
FROM topic_trends AS trend
JOIN topics ON topics.topic_id = trend.topic_id
WHERE topics.topic_id = name OR lower(topics.label) = lower(name)
ORDER BY topic, trend.topic_id, trend.month;
COMMENT ON MACRO TABLE trend_of_topic IS 'trend_of_topic(id or label): a topic''s papers month by month, their share, and its change.';

CREATE MACRO papers_like(id) AS TABLE
SELECT near.rank, near.similarity, papers.*
FROM similar_papers AS near
JOIN papers ON papers.paper_id = near.similar_paper_id
WHERE near.paper_id = resolve_paper(id)
ORDER BY near.rank;
COMMENT ON MACRO TABLE papers_like IS 'papers_like(paper): the papers nearest in meaning to one paper, nearest first.';

CREATE MACRO new_since(day) AS TABLE
SELECT papers.*
FROM papers
WHERE first_snapshot_date >= day::DATE
ORDER BY first_snapshot_date DESC, paper_id;
COMMENT ON MACRO TABLE new_since IS 'new_since(day): papers first seen in a dump retrieved on that day or later, newest first.';

CREATE MACRO duplicates_of(id) AS TABLE
SELECT
    sources.entry_id, sources.match_method, sources.match_score, entries.title,
    dumps.path, sources.entry_number, dumps.snapshot_date
FROM paper_sources AS sources
JOIN entries USING (dump_id, entry_number)
JOIN dumps USING (dump_id)
WHERE sources.paper_id = resolve_paper(id)
ORDER BY dumps.snapshot_date NULLS LAST, dumps.path, sources.entry_number;
COMMENT ON MACRO TABLE duplicates_of IS 'duplicates_of(paper): every entry that became part of a paper, where it stands, and what joined it.';

CREATE MACRO coverage_of_dump(name) AS TABLE
SELECT
    dumps.path, dumps.format, dumps.line_count, dumps.entry_count, dumps.reject_count,
    (SELECT count(DISTINCT paper_id) FROM paper_sources WHERE paper_sources.dump_id = dumps.dump_id) AS paper_count,
    (
        SELECT count(*) FROM (
            SELECT paper_id FROM paper_sources GROUP BY paper_id
            HAVING min(paper_sources.dump_id) = dumps.dump_id AND max(paper_sources.dump_id) = dumps.dump_id
        )
    ) AS paper_count_only_here,
    (SELECT sum(line_end - line_start + 1) FROM entries WHERE entries.dump_id = dumps.dump_id)::BIGINT AS entry_lines,
    (SELECT sum(line_end - line_start + 1) FROM rejects WHERE rejects.dump_id = dumps.dump_id)::BIGINT AS reject_lines
FROM dumps
WHERE dumps.dump_id = name OR dumps.path = name
ORDER BY dumps.path;
COMMENT ON MACRO TABLE coverage_of_dump IS 'coverage_of_dump(id or path): what became of a dump: entries, rejects, papers, papers that no other dump has, lines.';

CREATE MACRO votes_of_paper(id) AS TABLE
SELECT
    counts.snapshot_date, counts.upvote_count,
    counts.upvote_count - lag(counts.upvote_count) OVER seen AS upvotes_gained,
    counts.comment_count, dumps.path
FROM paper_counts AS counts
JOIN dumps USING (dump_id)
WHERE counts.paper_id = resolve_paper(id)
WINDOW seen AS (ORDER BY counts.snapshot_date, dumps.path)
ORDER BY counts.snapshot_date, dumps.path;
COMMENT ON MACRO TABLE votes_of_paper IS 'votes_of_paper(paper): votes and comments at each dated sighting, and the votes since the one before.';
