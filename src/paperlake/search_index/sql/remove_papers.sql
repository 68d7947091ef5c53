-- Remove the papers of `changed_papers` from the index; their postings are left and no longer count.
INSERT INTO search.removed
SELECT paper_number FROM search.documents WHERE paper_id IN (FROM changed_papers) ORDER BY paper_number;

DELETE FROM search.documents WHERE paper_id IN (FROM changed_papers);
DELETE FROM search.codes WHERE paper_id IN (FROM changed_papers);
