"""Maths without a domain."""
