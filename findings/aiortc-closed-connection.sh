#!/usr/bin/env bash
# A closed RTCPeerConnection of aiortc stays in memory until a full garbage collection.
#
# Expected: after `await connection.close()` and with its last reference gone, a connection is freed.
# aiortc means it to be: close() ends with "remove all event listeners to facilitate garbage
# collection", and its ICE transports remove theirs when they stop.
# What happens: each DTLS transport keeps its listener, a bound method of the connection, which holds
# the transport; and aioice's Connection keeps the pairs that it checked, whose protocols hold it.
# So each closed connection, with its transceivers, jitter buffers, sockets' objects, and every track
# that was sent with whatever that owns, lies in two circles: some 1,500 objects and 0.5 MB and more.
# Cut by hand (remove_all_listeners on each transport, clear the list of pairs), all is freed at once.
# Why it matters: CPython collects the old generation only when a quarter more has been added, and a
# server that calls gc.freeze() or gc.disable() for its latency much later or never. What hangs on the
# circles is not small: a track's encoders and their threads, canvases, decoders. A server with
# short calls holds dozens of them.
# Version: aiortc 1.16.0, aioice 0.13.0 (the newest). Source: https://github.com/aiortc/aiortc
# (rtcdtlstransport.py, stop), https://github.com/aiortc/aioice (ice.py, Connection.close).
# Ringtalk lets go of both in actors/egress/webrtc/release.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiortc==1.16.0 aioice==0.13.0
"$folder/venv/bin/python" - <<'PY'
import asyncio
import gc
import sys
import weakref

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

PAIRS = 10


def cut(connection):
    for transceiver in connection.getTransceivers():
        transport = transceiver.receiver.transport
        transport.remove_all_listeners()
        transport.transport._connection._check_list.clear()


async def call(then):
    """Two ends in this process connect and close; returns weak references to them."""
    one, other = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    one.addTransceiver("audio", direction="recvonly")
    one.addTransceiver("video", direction="recvonly")
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription)
    other.addTrack(AudioStreamTrack())
    other.addTrack(VideoStreamTrack())
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription)
    while other.connectionState != "connected":
        await asyncio.sleep(0.02)
    await other.close()
    await one.close()
    then(one)
    then(other)
    return weakref.ref(one), weakref.ref(other)


async def left(then):
    """Closed connections that are still there, of 2 * PAIRS, and objects more for each."""
    await call(then)
    await asyncio.sleep(0.2)
    gc.collect()
    gc.disable()
    before = len(gc.get_objects())
    refs = [ref for _ in range(PAIRS) for ref in await call(then)]
    await asyncio.sleep(0.2)
    more = (len(gc.get_objects()) - before) // len(refs)
    alive = sum(ref() is not None for ref in refs)
    gc.enable()
    gc.collect()
    collected = sum(ref() is not None for ref in refs)
    return alive, more, collected


async def main():
    as_is = await left(lambda connection: None)
    by_hand = await left(cut)
    print(f"closed: {as_is[0]} of {2 * PAIRS} are still there, {as_is[1]} objects each")
    print(f"after a full collection: {as_is[2]}")
    print(f"cut by hand: {by_hand[0]} of {2 * PAIRS} are still there, {by_hand[1]} objects each")
    return as_is[0] == 2 * PAIRS and as_is[2] == 0 and by_hand[0] == 0


if not asyncio.run(main()):
    sys.exit("closed connections are freed differently now")
PY
