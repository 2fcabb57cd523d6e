"""Shapes to tiles."""
