"""Meshes to pictures."""
