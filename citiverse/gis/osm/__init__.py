"""OpenStreetMap: elements with tags become features of a city."""
