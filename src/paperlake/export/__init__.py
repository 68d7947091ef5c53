"""Tables and queries of the warehouse as files for other programs: Parquet, CSV, JSON lines."""
