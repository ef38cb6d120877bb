"""Hearing: when a person speaks, when they have finished, and what they said."""
