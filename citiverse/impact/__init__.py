"""What a change does to people."""
