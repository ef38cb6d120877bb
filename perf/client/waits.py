"""Waiting at the client for something that may never come.

In: a list of who waits for what, and a future that whoever sees it resolves. Out: what came.
Runs in the client's loop; owns nothing.
"""

import asyncio
from typing import TypeVar

Wait = TypeVar("Wait")
Found = TypeVar("Found")


async def within(
    waiting: list[Wait], wait: Wait, found: asyncio.Future[Found], patience: float
) -> Found | None:
    """Add `wait` to `waiting` until `found` is resolved; None after `patience` seconds."""
    waiting.append(wait)
    try:
        async with asyncio.timeout(patience):
            return await found
    except TimeoutError:
        return None
    finally:
        if wait in waiting:
            waiting.remove(wait)
