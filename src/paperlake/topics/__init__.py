"""Topics of papers: grouping, naming, continuity from fit to fit, trends and the map."""
