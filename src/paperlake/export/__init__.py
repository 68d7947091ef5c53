"""Tables and queries as files for other programs: Parquet, CSV, JSON lines, bibliographies."""
