-- Papers with most upvotes, up to a limit.
SELECT paper_id
FROM papers
WHERE upvote_count > 0
ORDER BY upvote_count DESC, published_date DESC NULLS LAST, paper_id
LIMIT $1;
