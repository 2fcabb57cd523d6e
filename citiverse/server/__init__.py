"""How the world reaches the city."""
