"""How often something that costs may be asked for, by one key and by one address.

In: a kind of request and who asks. Out: nothing, or `TooOften`. Who shows a key is counted by
its name, wherever it comes from; all others, visitors with tokens among them, by their address, an
IPv6 one by the network of its 64 bits. The counting is the library limits' (a sliding window of a
minute). Runs in the supervisor's process; owns the counts, which go with their minute.
"""

import math
import time
from ipaddress import IPv6Address, ip_address
from typing import Final, Literal

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from runtime.errors import TooOften
from runtime.settings import Settings
from server.api.safety.caller import Caller

Costly = Literal["offers", "texts", "uploads", "wrong keys"]
WRONG_KEYS: Final = 30
"""A minute from one address: nobody mistypes so often."""
_HOST_BITS: Final = 64


class RequestLimits:
    """The counts of the last minute."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items: dict[Costly, RateLimitItemPerMinute | None] = {}
        self.replace(settings)

    def replace(self, settings: Settings) -> None:
        """These limits, from now on; what was asked for counts on."""
        rates: dict[Costly, int] = {
            "offers": settings.offers_per_minute,
            "texts": settings.texts_per_minute,
            "uploads": settings.uploads_per_minute,
            "wrong keys": WRONG_KEYS,
        }
        self._items = {
            kind: RateLimitItemPerMinute(rate) if rate else None for kind, rate in rates.items()
        }

    async def take(self, kind: Costly, caller: Caller, address: str) -> None:
        """Count one. Raises TooOften where there were too many."""
        item = self._items[kind]
        if item is None:
            return
        who = _who(caller, address)
        if await self._limiter.hit(item, kind, who):
            return
        stats = await self._limiter.get_window_stats(item, kind, who)
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        raise TooOften(kind, item.amount, seconds)


def _who(caller: Caller, address: str) -> str:
    if caller.name and not caller.is_token:
        return f"key {caller.name}"
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return f"{IPv6Address(int(known) >> _HOST_BITS << _HOST_BITS)}/{_HOST_BITS}"
    return address
