"""A server that is sent nonsense while somebody else's session speaks.

The innocent session is a process of its own (`perf.client.crowd`), so that the sender of the
nonsense does not slow down who measures. RINGTALK_FUZZ_EXAMPLES makes a run longer, by hand on a
machine that has nothing else to do; only then the gaps in the sound are judged by the clock.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
from aiortc import RTCPeerConnection

from perf.sessions.goals import GAP_MOST_MS
from perf.sessions.load import CrowdProcess
from server.sessions.resources import SESSION_DESCRIPTORS
from tests.e2e.conftest import Served

BY_HAND: Final = os.environ.get("RINGTALK_FUZZ_EXAMPLES")
MOST_SECONDS: Final = 3600.0
GROWTH_BYTES: Final = 50_000_000
"""Of all processes while the same is done again, and a session speaks."""


def examples(usual: int) -> int:
    """How many of one thing are tried."""
    return int(BY_HAND) if BY_HAND else usual


def memory(served: Served) -> int:
    """What all processes of the server hold of their own, in bytes: clips and rings are mapped."""
    pages = 0
    for pid in (served.process.pid, *served.children()):
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
        pages += int(resident) - int(shared)
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_files(served: Served) -> int:
    """Of all processes of the server."""
    pids = (served.process.pid, *served.children())
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


def an_offer() -> str:
    """A real one, of a client that receives sound and picture and opens a data channel."""

    async def made() -> str:
        connection = RTCPeerConnection()
        connection.addTransceiver("audio", direction="sendrecv")
        connection.addTransceiver("video", direction="recvonly")
        connection.createDataChannel("events")
        await connection.setLocalDescription(await connection.createOffer())
        sdp = connection.localDescription.sdp
        await connection.close()
        return sdp

    return asyncio.run(made())


async def meanwhile(served: Served, nonsense: Callable[[], None]) -> None:
    """Run `nonsense`, twice, in a thread beside the innocent session; nobody is restarted, no sound
    of the session is missing, and the second time nothing is kept. It may leave one session
    behind."""
    processes = served.children()
    async with CrowdProcess(served.url, 1, MOST_SECONDS) as crowd:
        assert crowd.ready.calls == 1, crowd.ready.refusal
        await asyncio.to_thread(nonsense)
        files, held = open_files(served), memory(served)
        await asyncio.to_thread(nonsense)
        async with httpx.AsyncClient(base_url=served.url, timeout=60) as client:
            health = (await client.get("/healthz")).json()["data"]
        assert health["ready"]
        assert health["sessions"] <= 2
        assert served.children() == processes, "no process was restarted"
        grown = memory(served) - held
        print(f"memory grew by {grown / 1e6:.0f} MB")  # noqa: T201
        assert grown < GROWTH_BYTES
        assert open_files(served) - files < 2 * SESSION_DESCRIPTORS
        level = await crowd.end()
    [caller] = level.crowd.callers
    gaps = sorted(caller.gaps_ms)
    print(f"longest gap of the innocent's sound {max(gaps, default=0.0):.0f} ms")  # noqa: T201
    assert level.crowd.failures == []
    assert caller.lost == 0
    if BY_HAND:
        assert max(gaps, default=0.0) <= GAP_MOST_MS
