"""The addresses of the server, topic by topic."""
