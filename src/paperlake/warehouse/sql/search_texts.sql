-- The texts of papers by number: $1 the numbers.
SELECT rowid AS paper_number, title, abstract FROM papers WHERE rowid IN (SELECT unnest($1::BIGINT[]));
