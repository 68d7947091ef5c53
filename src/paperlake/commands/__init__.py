"""The commands, one module for each part of the lake that they work on; `paperlake.cli` registers them."""
