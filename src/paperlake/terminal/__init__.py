"""What the command line shows: tables, progress, the layout of each command."""
