-- The words that the index does not have yet.
INSERT INTO search.forms
SELECT word, stem_number FROM incoming_forms ANTI JOIN search.forms USING (word) ORDER BY word;
