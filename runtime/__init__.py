"""Everything that actors share: layouts, ports, the control channel, the supervisor."""
