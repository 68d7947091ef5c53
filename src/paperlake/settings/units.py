"""Units of settings."""

MEGABYTE = 1 << 20
