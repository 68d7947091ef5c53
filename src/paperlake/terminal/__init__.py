"""The output of the command line: tables, progress, and the layout of each command."""
