"""Air along streets: what traffic emits, and what of it reaches facades."""
