"""One process holds a lake: the lock file, and who holds it."""
