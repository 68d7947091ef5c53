"""Continuity: what lives on from one fit to the next."""
