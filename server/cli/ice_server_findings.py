"""The STUN and TURN servers of the settings, asked by the doctor as an offer asks them.

In: the settings. Out: a `Finding` for each URL. Runs in the command's own process, for three
seconds at most; frees all it opens.
"""

import asyncio
import importlib.util

from runtime.settings import Settings
from server.cli.finding import Finding


def ice_server_findings(settings: Settings) -> list[Finding]:
    """Each STUN and TURN server is asked as an offer asks it."""
    if not settings.ice_servers or importlib.util.find_spec("aiortc") is None:
        return []
    from actors.egress.ice.ice_servers import PROBE_SECONDS, probe_all  # noqa: PLC0415 - brings aiortc
    from server.sessions.placement import ice_addresses  # noqa: PLC0415 - brings the actors

    answers = asyncio.run(probe_all(ice_addresses(settings), PROBE_SECONDS))
    urls = [url for server in settings.ice_servers for url in server.urls]
    return [_finding(url, answers) for url in urls]


def _finding(url: str, answers: dict[str, float | None]) -> Finding:
    from actors.egress.ice.ice_servers import GATHER_SECONDS  # noqa: PLC0415 - brings aiortc

    if url not in answers:
        advice = "use stun:HOST:PORT, turn:HOST:PORT, or turns:HOST:PORT (TCP)"
        return Finding(url, "warning", "cannot be asked, and is left out", advice)
    took, limit = answers[url], round(1000 * GATHER_SECONDS)
    if took is None:
        advice = "check its address, the credential or turn_secret, and the firewall between"
        return Finding(url, "warning", "does not answer: sessions go without it", advice)
    found = f"answers in {1000 * took:.0f} ms"
    if took > GATHER_SECONDS:
        advice = f"an offer waits {limit} ms: take a server that is nearer"
        return Finding(url, "warning", f"{found}: sessions go without it", advice)
    return Finding(url, "ok", found)
