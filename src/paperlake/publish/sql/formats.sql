-- Dumps and entries by format.
SELECT format, count(*), sum(entry_count)::BIGINT FROM dumps GROUP BY format ORDER BY sum(entry_count) DESC, format NULLS LAST;
