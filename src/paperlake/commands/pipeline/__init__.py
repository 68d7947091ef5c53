"""Commands that fill a lake, keep it and look at its state."""
