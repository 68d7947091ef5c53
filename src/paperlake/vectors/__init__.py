"""Array types and nearest-neighbour helpers that every stage may use."""
