-- The neighbours of a paper, nearest first.
SELECT rank, similarity, similar_paper_id FROM similar_papers WHERE paper_id = $paper_id ORDER BY rank LIMIT $limit;
