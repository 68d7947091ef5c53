"""The warehouse to one self-contained page for people: what it shows, how, and what is checked."""
