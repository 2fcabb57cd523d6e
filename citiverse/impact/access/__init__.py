"""Walks from homes to the places of daily life."""
