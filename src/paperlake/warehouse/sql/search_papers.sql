-- What is shown of found papers: $numbers their numbers.
SELECT
    papers.rowid AS paper_number, papers.paper_id, papers.title, papers.abstract, papers.published_date,
    topics.label AS topic, papers.organization, papers.arxiv_id, papers.url
FROM papers
LEFT JOIN paper_topics AS filed ON filed.paper_id = papers.paper_id AND filed.level = 2
LEFT JOIN topics ON topics.topic_id = filed.topic_id
WHERE papers.rowid IN ($numbers);
