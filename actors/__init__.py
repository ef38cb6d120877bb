"""The actors: each takes frames from one ring, does one thing, and gives them on."""
