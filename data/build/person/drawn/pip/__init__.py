"""Pip: a young fox in a hooded jacket."""
