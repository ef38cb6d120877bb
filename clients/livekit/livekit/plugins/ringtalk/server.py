"""The HTTP side of a ringtalk server.

Owns its connections until `aclose`; runs in the agent's process.
"""

import asyncio
from typing import Any, Final

import aiohttp
from livekit.agents import APIConnectOptions
from livekit.plugins.ringtalk.errors import RingtalkException

LATER: Final = (502, 503)
"""Statuses behind which it is tried again, as where nobody listens; an answer that does not come is
not asked for twice, since the session may have begun."""
ANSWER_SECONDS: Final = 60.0
"""A server may load an avatar's network first."""


class RingtalkServer:
    """At `url`, with an API key or ""."""

    def __init__(self, url: str, key: str, options: APIConnectOptions) -> None:
        self.url = url.rstrip("/")
        self._options = options
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=options.timeout)
        self._session = aiohttp.ClientSession(headers=headers, timeout=timeout)

    async def post(self, path: str, **fields: object) -> dict[str, Any]:
        """The `data` of the answer; tried again where that may help. Raises RingtalkException."""
        for attempt in range(self._options.max_retry + 1):
            try:
                return await self._post(path, fields)
            except RingtalkException as error:
                away = isinstance(error.__cause__, aiohttp.ClientConnectorError)
                if attempt == self._options.max_retry or not (away or error.status in LATER):
                    raise
            await asyncio.sleep(self._options._interval_for_retry(attempt))
        raise AssertionError("the last attempt returns or raises")

    async def socket(self, sessionid: str, rate: int) -> aiohttp.ClientWebSocketResponse:
        """The WebSocket of a session, for sound at `rate` Hz. Raises RingtalkException."""
        query = {"sessionid": sessionid, "rate": str(rate)}
        try:
            return await self._session.ws_connect(f"{self.url}/ws", params=query, compress=0)
        except aiohttp.ClientError as error:
            raise RingtalkException(f"no socket of the session: {error}") from error

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def _post(self, path: str, fields: dict[str, object]) -> dict[str, Any]:
        try:
            async with self._session.post(self.url + path, json=fields) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            why = str(error) or type(error).__name__
            raise RingtalkException(f"{self.url} does not answer: {why}") from error
        if not isinstance(answer, dict):
            raise RingtalkException(f"{self.url}{path} is no ringtalk server", response.status)
        if response.status != 200:
            raise RingtalkException(str(answer.get("msg", answer)), response.status)
        data = answer.get("data")
        return data if isinstance(data, dict) else {}
