"""The lake: where everything is, how it is written whole or not at all, and who may write."""

from paperlake.lake.lake import FORMAT_VERSION, Lake

__all__ = ["FORMAT_VERSION", "Lake"]
