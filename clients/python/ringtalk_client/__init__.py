"""Have a ringtalk server's face say things: `Client`, and `AsyncClient` for asyncio.

In: a server's address, texts and sound. Out: what the server answers, and what sessions tell.
"""

from ringtalk_client.async_client import AsyncClient
from ringtalk_client.async_session import AsyncSession, AsyncSoundStream
from ringtalk_client.client import Client
from ringtalk_client.errors import Refused, RingTalkError, Unreachable
from ringtalk_client.events import Event
from ringtalk_client.session import Session, SoundStream

__all__ = [
    "AsyncClient",
    "AsyncSession",
    "AsyncSoundStream",
    "Client",
    "Event",
    "Refused",
    "RingTalkError",
    "Session",
    "SoundStream",
    "Unreachable",
]
