"""The report: one self-contained HTML page about the lake, read from the warehouse alone."""
