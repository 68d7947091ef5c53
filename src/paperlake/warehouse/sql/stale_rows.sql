-- Rows of the build that are not in the lake, or are there with other values.
INSERT INTO stale
SELECT old.row_number
FROM old
LEFT JOIN new USING ({key})
WHERE new."{first}" IS NULL OR {differs};
