"""What fields of dumps hold: dates, identifiers, and the names under which fields are known."""
