-- One row per cell of a grid over the map in which there are papers, with their number and the bounds of the map.
WITH filed AS (SELECT x, y FROM paper_topics WHERE level = 2),
bounds AS (SELECT min(x) AS low_x, max(x) AS high_x, min(y) AS low_y, max(y) AS high_y FROM filed)
SELECT
    least($1 - 1, floor((x - low_x) / greatest(high_x - low_x, 1e-9) * $1))::INTEGER AS cell_column,
    least($2 - 1, floor((y - low_y) / greatest(high_y - low_y, 1e-9) * $2))::INTEGER AS cell_row,
    count(*) AS paper_count,
    any_value(low_x) AS low_x, any_value(high_x) AS high_x, any_value(low_y) AS low_y, any_value(high_y) AS high_y
FROM filed, bounds
GROUP BY cell_column, cell_row
ORDER BY cell_row, cell_column;
