"""Tables to one DuckDB file: building it aside, swapping it in, reading it."""
