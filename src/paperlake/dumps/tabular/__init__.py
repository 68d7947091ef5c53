"""Tables of papers: CSV and its relatives, and Parquet. Columns are recognised by their names."""
