-- The days between which papers were published.
SELECT min(published_date), max(published_date) FROM papers;
