-- Rows of the lake that are not in the build, or are there with other values.
INSERT INTO fresh BY NAME
SELECT new.*
FROM new
LEFT JOIN old USING ({key})
WHERE old."{first}" IS NULL OR {differs};
