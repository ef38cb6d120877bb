"""Marks that say that a machine made what is seen: in live pictures, and in films."""
