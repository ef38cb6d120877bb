"""Many machines as one: where a session goes."""
