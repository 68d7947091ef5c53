"""`python -m paperlake` is `paperlake`."""

from paperlake.cli import main

main()
