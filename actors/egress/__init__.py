"""egress: the last actor. It takes finished pictures and their sound and sends them to a client."""
