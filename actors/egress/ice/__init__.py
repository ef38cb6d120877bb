"""ICE: the addresses of this machine, and the servers that help through firewalls."""
