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

CREATE MACRO search(text) AS TABLE
WITH asked AS (
    SELECT DISTINCT unnest(regexp_extract_all(lower(strip_accents(text)), '[\pL\pN]+')) AS word
),

-- A word that no paper contains gets the longest stem that it begins with, for up to four letters less.
beginnings AS (
    SELECT word, unnest([regexp_replace(word, 'y$', 'i'), word[:-1], word[:-2], word[:-3], word[:-4], word[:-5]]) AS stem
    FROM asked
    ANTI JOIN search.forms USING (word)
    WHERE length(word) > 4
),

stems AS (
    SELECT forms.stem_number
    FROM asked
    JOIN search.forms USING (word)
    WHERE forms.stem_number IS NOT NULL
    UNION
    SELECT arg_max(words.stem_number, length(words.stem))
    FROM beginnings
    JOIN search.words USING (stem)
    GROUP BY beginnings.word
),

hits AS (
    SELECT postings.*
    FROM search.postings
    JOIN stems USING (stem_number)
    ANTI JOIN search.removed USING (paper_number)
),

rarities AS (
    SELECT
        hits.stem_number,
        ln(1 + (any_value(totals.paper_count) - count(*) + 0.5) / (count(*) + 0.5)) AS rarity,
        any_value(totals.mean_length) AS mean_length
    FROM hits
    CROSS JOIN search.statistics AS totals
    GROUP BY hits.stem_number
),

scores AS (
    SELECT
        hits.paper_number,
        sum(
            rarities.rarity * hits.occurrences * ({k1} + 1)
            / (hits.occurrences + {k1} * (1 - {b} + {b} * hits.length / rarities.mean_length))
        ) AS score
    FROM hits
    JOIN rarities USING (stem_number)
    GROUP BY hits.paper_number
)

SELECT round(scores.score, 6) AS score, papers.*
FROM scores
JOIN search.documents AS documents USING (paper_number)
JOIN papers ON papers.paper_id = documents.paper_id
ORDER BY round(scores.score, 6) DESC, papers.paper_id;
COMMENT ON MACRO TABLE search IS 'search(words): the papers that contain at least one of the words in title or abstract, by BM25, best first.';

CREATE MACRO rising(days) AS TABLE
WITH bounds AS (
    SELECT until_day, until_day - days::INTEGER AS from_day
    FROM (SELECT max(snapshot_date) AS until_day FROM paper_counts WHERE upvote_count IS NOT NULL)
),

counted AS (
    SELECT
        counts.paper_id,
        max_by(counts.upvote_count, counts.snapshot_date) AS last_count,
        max(counts.snapshot_date) AS last_day,
        max_by(counts.upvote_count, counts.snapshot_date)
            FILTER (WHERE counts.snapshot_date <= bounds.from_day) AS count_before,
        min_by(counts.upvote_count, counts.snapshot_date) AS first_count
    FROM paper_counts AS counts
    CROSS JOIN bounds
    WHERE counts.upvote_count IS NOT NULL
    GROUP BY counts.paper_id
)

SELECT
    counted.last_count - coalesce(
        counted.count_before, CASE WHEN papers.published_date >= bounds.from_day THEN 0 ELSE counted.first_count END
    ) AS upvotes_gained,
    bounds.until_day AS gained_until,
    papers.*
FROM counted
CROSS JOIN bounds
JOIN papers USING (paper_id)
WHERE counted.last_day > bounds.from_day AND upvotes_gained > 0
ORDER BY upvotes_gained DESC, papers.paper_id;
COMMENT ON MACRO TABLE rising IS 'rising(days): the papers that gained most upvotes in the days up to the newest dump that states votes; a paper published within them begins at 0.';

CREATE MACRO papers_by_author(author) AS TABLE
SELECT own.author_name, own.author_position, papers.*
FROM (
    SELECT paper_id, min_by(paper_authors.name, position) AS author_name, min(position) AS author_position
    FROM paper_authors
    WHERE name_key = author OR lower(strip_accents(paper_authors.name)) = lower(strip_accents(author))
    GROUP BY paper_id
) AS own
JOIN papers USING (paper_id)
ORDER BY papers.published_date DESC NULLS LAST, papers.paper_id;
COMMENT ON MACRO TABLE papers_by_author IS 'papers_by_author(name or name_key): the papers of an author, newest first; case and accents of a name do not count.';

CREATE MACRO coauthors(author) AS TABLE
WITH own AS (
    SELECT paper_id, position
    FROM paper_authors
    WHERE name_key = author OR lower(strip_accents(paper_authors.name)) = lower(strip_accents(author))
),

spellings AS (
    SELECT others.name_key, others.name, list(DISTINCT others.paper_id) AS paper_ids
    FROM paper_authors AS others
    SEMI JOIN own USING (paper_id)
    ANTI JOIN own USING (paper_id, position)
    GROUP BY others.name_key, others.name
)

SELECT
    spellings.name_key,
    arg_max(spellings.name, (len(spellings.paper_ids), spellings.name)) AS name,
    len(list_distinct(flatten(list(spellings.paper_ids)))) AS paper_count
FROM spellings
GROUP BY spellings.name_key
ORDER BY paper_count DESC, spellings.name_key;
COMMENT ON MACRO TABLE coauthors IS 'coauthors(name or name_key): those who wrote papers with an author, the most frequent first, each with the spelling that is used most.';

CREATE MACRO organizations_of_topic(topic) AS TABLE
SELECT papers.organization, count(DISTINCT papers.paper_id) AS paper_count
FROM paper_topics AS filed
JOIN topics ON topics.topic_id = filed.topic_id
JOIN papers ON papers.paper_id = filed.paper_id
WHERE NOT filed.is_outlier
    AND (topics.topic_id = topic OR lower(topics.label) = lower(topic))
    AND papers.organization IS NOT NULL
GROUP BY papers.organization
ORDER BY paper_count DESC, papers.organization;
COMMENT ON MACRO TABLE organizations_of_topic IS 'organizations_of_topic(id or label): the organizations with papers of a topic or subtopic, outliers left out, most papers first.';
