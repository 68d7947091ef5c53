"""The lake as a citable data set: Parquet, data card, Croissant, Data Package, checksums."""
