"""Tells an address, which a client gave, what became of its avatar.

In: an address that `NotifyRules` allows, and what is told, as JSON. Out: a POST; "" or why it did
not arrive. The host's name is resolved once, and what was checked is connected to, so that a name
cannot stand for another address a moment later; a redirect is no arrival. Runs on the supervisor's
loop; owns each request while it is under way.
"""

import asyncio
import socket
from collections.abc import Mapping
from typing import Final

import httpx

from runtime.errors import NotifyForbidden
from runtime.notify_rules import NotifyAddress, NotifyRules

SECONDS: Final = 5.0
"""LiveTalking's patience."""


class Notifier:
    """Of one service."""

    def __init__(self, rules: NotifyRules) -> None:
        self.rules = rules

    async def tell(self, url: str, what: Mapping[str, object]) -> str:
        """POST it; "" when it was answered with a status of 200 to 299, else what happened."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._post(self.rules.require(url), what)
        except TimeoutError:
            return f"no answer in {SECONDS:g} s"
        except NotifyForbidden as error:
            return str(error)
        except (httpx.HTTPError, OSError) as error:
            return f"{type(error).__name__}: {error}"

    async def _post(self, to: NotifyAddress, what: Mapping[str, object]) -> str:
        url = httpx.URL(
            scheme=to.scheme,
            host=await self._checked(to),
            port=to.port,
            raw_path=to.target.encode("ascii"),
        )
        headers = {"Host": to.authority}
        extensions = {"sni_hostname": to.host}
        async with (
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
            client.stream("POST", url, json=what, headers=headers, extensions=extensions) as answer,
        ):
            return "" if answer.is_success else f"it answered {answer.status_code}"

    async def _checked(self, to: NotifyAddress) -> str:
        """The address to connect to: all that the name stands for must be allowed."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
        addresses = [str(place[0]) for *_, place in found]
        for address in addresses:
            if not self.rules.permits(address, to.port):
                raise NotifyForbidden(
                    f"notifyurl: {to.host!r} is {address}, which is not public; name that address "
                    "in the setting notify_hosts if it may be told"
                )
        return addresses[0]
