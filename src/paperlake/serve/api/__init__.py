"""The JSON API under /api/v1: fields are named as the columns of the tables."""
