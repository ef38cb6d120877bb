"""One session that nobody hears, before the first: so that the first is as quick as the rest.

In: the media options. Out: nothing; the libraries have loaded, the certificates'
and the encoders' code has run once. Runs in egress while it starts; frees all
that it makes.
"""

from concurrent.futures import Executor

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection

from actors.egress.options import MediaOptions
from actors.egress.webrtc.peer import Peer
from data.units import PLAYOUT_TICK
from runtime.errors import NoMediaAddress, OutOfResources

SIZE = (64, 64)


async def warm_up(options: MediaOptions, executor: Executor) -> None:
    """Answer an offer of our own and take a tick; a machine without a network cannot."""
    caller = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer = Peer(SIZE, options, on_state=lambda state: None, executor=executor)
    try:
        caller.addTransceiver("audio", direction="recvonly")
        caller.addTransceiver("video", direction="recvonly")
        await caller.setLocalDescription(await caller.createOffer())
        offer = caller.localDescription
        await peer.answer(offer.sdp, offer.type)
        picture = np.zeros((SIZE[1] * 3 // 2, SIZE[0]), np.uint8)
        peer.play(0, np.zeros(PLAYOUT_TICK, np.int16), picture, repeat=False)
    except (NoMediaAddress, OutOfResources):
        return
    finally:
        await peer.close()
        await caller.close()
