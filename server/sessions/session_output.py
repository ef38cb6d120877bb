"""One output of a session as the supervisor knows it. Runs in its process; owns nothing."""

from dataclasses import dataclass

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

    def info(self, session: str) -> OutputInfo:
        """As clients are told: no secret is in it."""
        where = shown(self.target)
        kind = self.target.kind
        return OutputInfo(self.id, session, kind, where, self.state, self.why, self.attempt)
