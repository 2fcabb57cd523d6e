"""Layers with columns: GeoPackage, Shapefile, FlatGeobuf, SQLite, GeoJSON, JSON-FG and CSV."""
