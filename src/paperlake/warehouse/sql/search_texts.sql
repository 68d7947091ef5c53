-- The texts of papers by number: $numbers the numbers.
SELECT rowid AS paper_number, title, abstract FROM papers WHERE rowid IN ($numbers);
