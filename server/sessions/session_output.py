"""One output of a session as the supervisor knows it. Runs in its process; owns nothing."""

import asyncio
from dataclasses import dataclass, field

from runtime.messages import OutputTarget
from server.sessions.output_targets import shown
from server.sessions.service import OutputInfo


@dataclass
class SessionOutput:
    """target: may hold a secret. state, why, attempt: as OutputState told last."""

    id: str
    target: OutputTarget
    state: str = "connecting"
    why: str = ""
    attempt: int = 1
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def becomes(self, state: str, why: str, attempt: int) -> None:
        """As OutputState told."""
        self.state, self.why, self.attempt = state, why, attempt
        before, self._changed = self._changed, asyncio.Event()
        before.set()

    async def changed(self) -> None:
        """Return when it is in another state."""
        await self._changed.wait()

    def info(self, session: str) -> OutputInfo:
        """As clients are told: no secret is in it."""
        where = shown(self.target)
        kind = self.target.kind
        return OutputInfo(self.id, session, kind, where, self.state, self.why, self.attempt)
