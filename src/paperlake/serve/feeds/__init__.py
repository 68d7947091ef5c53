"""Feeds: papers and topic events as Atom (RFC 4287) and JSON Feed 1.1."""
