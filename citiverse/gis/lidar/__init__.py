"""Point clouds from the air: the ground, the heights and roofs of buildings, trees."""
