"""Continuity: what is kept from one fit to the next."""
