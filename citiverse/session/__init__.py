"""People planning together."""
