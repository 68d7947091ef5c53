"""Which embedder is used: kinds, presets, the automatic choice, and what a change of model means."""
