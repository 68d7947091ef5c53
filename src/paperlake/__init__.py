"""paperlake: from raw dumps of paper listings to a DuckDB warehouse.

The library behind the Dagster code location `pipelines`; it knows nothing of Dagster. Import what you
need from its modules: nothing is imported here, so that `import paperlake` costs nothing.
"""

__version__ = "0.1.0"
