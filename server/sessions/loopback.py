"""Whether a name or an address is this machine itself. Pure; owns nothing."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is this machine itself (RFC 6761, section 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
