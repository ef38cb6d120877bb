"""An output to a WHIP server (RFC 9725): a viewer to whom we offer.

In: the session's shared packets. Out: WebRTC to the server that the URL names. No redirect is
followed: where outputs may lead is the operator's to say, and a server's answer is not theirs. Runs
in the egress process's event loop; owns the connection; `close` tells the server (DELETE) and frees
it.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from actors.egress.options import MediaOptions
from actors.egress.outputs.link import OutputBroke
from actors.egress.shared.shared_streams import SharedStreams
from actors.egress.webrtc.rtp_payloads import RtpPayloads
from actors.egress.webrtc.timeline import Timeline
from actors.egress.webrtc.viewer import ENDED, Viewer
from runtime.errors import BadAnswer
from runtime.limits import SDP_ANSWER_BYTES
from runtime.messages import OutputTarget

HTTP_SECONDS: Final = 10.0
SDP: Final = "application/sdp"


class WhipLink:
    """A `Link`."""

    def __init__(
        self,
        target: OutputTarget,
        streams: SharedStreams,
        options: MediaOptions,
        timeline: Timeline,
    ) -> None:
        self._target, self._streams = target, streams
        self._codec = options.prefer
        self._moved = asyncio.Event()
        self._viewer = Viewer(
            options, timeline, lambda state: self._moved.set(), streams.ask_keyframe
        )
        self._resource: str | None = None
        self._tapped = False
        self._headers = {"Authorization": f"Bearer {target.token}"} if target.token else {}

    async def run(self, on_live: Callable[[], None]) -> None:
        """See `Link.run`."""
        offer = await self._viewer.offer(self._codec, RtpPayloads(self._codec))
        try:
            await self._viewer.accept(await self._exchange(offer))
        except BadAnswer as error:
            raise OutputBroke(str(error)) from error
        await self._until("connected")
        self._streams.add(self._viewer, self._codec)
        self._tapped = True
        on_live()
        await self._until("closed")

    async def close(self) -> None:
        """See `Link.close`."""
        if self._tapped:
            self._tapped = False
            self._streams.remove(self._viewer, self._codec)
        if self._resource is not None:
            try:
                async with self._client() as client:
                    await client.delete(self._resource, headers=self._headers)
            except httpx.HTTPError:
                self._resource = None  # it is gone, or learns it from DTLS
        await self._viewer.close()

    async def _exchange(self, offer: str) -> str:
        """The server's answer to our offer."""
        headers = {**self._headers, "Content-Type": SDP, "Accept": SDP}
        try:
            async with self._client() as client:
                response = await client.post(self._target.url, content=offer, headers=headers)
        except httpx.HTTPError as error:
            raise OutputBroke(f"the server cannot be reached: {type(error).__name__}") from error
        if response.is_redirect:
            host = urlsplit(response.headers.get("location", "")).hostname
            raise OutputBroke(f"the server sends us on to {host!r}; name that one", final=True)
        if response.status_code != httpx.codes.CREATED:
            raise OutputBroke(f"the server answered {response.status_code}, not 201")
        if len(response.content) > SDP_ANSWER_BYTES:
            raise OutputBroke(f"the server's answer is longer than {SDP_ANSWER_BYTES} bytes")
        self._resource = self._of_same_origin(response.headers.get("location", ""))
        return response.text

    def _of_same_origin(self, location: str) -> str | None:
        """The resource's URL, if it is where the answer came from."""
        whole = urljoin(self._target.url, location)
        ours, theirs = urlsplit(self._target.url), urlsplit(whole)
        same = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)
        return whole if location and same else None

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=HTTP_SECONDS, trust_env=False)

    async def _until(self, state: str) -> None:
        """Wait for this state; raises OutputBroke at the end of the connection."""
        while self._viewer.state != state:
            if self._viewer.state in ENDED:
                break
            self._moved.clear()
            await self._moved.wait()
        if self._viewer.state in ENDED:
            raise OutputBroke("the connection to the server ended, or was never there")
