"""A fleet: what its gateway costs, and how well sessions are placed."""
