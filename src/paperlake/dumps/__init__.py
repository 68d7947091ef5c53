"""Dumps to entries and rejects: the inventory of raw/, one reader a format, dates, line accounting."""
