"""Files to cities and back."""
