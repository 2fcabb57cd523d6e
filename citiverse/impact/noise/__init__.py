"""Road noise after CNOSSOS-EU: emission, propagation, and levels all over a city."""
