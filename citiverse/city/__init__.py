"""What there is: features, the city, changes, the frame and the terrain."""
