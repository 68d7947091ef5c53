"""The Dagster code location over the library `paperlake`: assets, checks, resources, automation."""
