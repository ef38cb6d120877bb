"""The routes, one file for each thing that a client does."""
