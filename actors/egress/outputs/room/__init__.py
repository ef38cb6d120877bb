"""A session's ticks as they are, for a LiveKit room or a program of this machine."""
