"""Commands that ask a lake."""
