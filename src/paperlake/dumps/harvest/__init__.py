"""Harvest: fetch new dumps from remote services into raw/."""
