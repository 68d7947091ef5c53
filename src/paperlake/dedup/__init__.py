"""Record linkage: entries to papers by blocking, matching, clustering and survivorship."""
