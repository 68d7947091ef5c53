"""Decisions of people about topics: read, applied to a fit, remembered from fit to fit."""
