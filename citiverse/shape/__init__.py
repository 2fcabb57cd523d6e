"""What a feature looks like in space: streets, solids, ground, network."""
