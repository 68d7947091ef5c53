"""Commands that give a lake to others."""
