"""CityGML 1.0 and 2.0: objects with surfaces, read as a stream and handed on as CityJSON has them."""
