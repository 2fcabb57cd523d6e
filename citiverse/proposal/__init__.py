"""How people change the city."""
