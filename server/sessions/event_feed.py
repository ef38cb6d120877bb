"""The events of any session, by its id.

In: a session's id. Out: a follower of its log. Runs in the supervisor's process; owns nothing.
"""

from server.sessions.event_log import Follower
from server.sessions.registry import SessionRegistry


class SessionEvents:
    """Implements server.sessions.service.EventFeed."""

    def __init__(self, registry: SessionRegistry) -> None:
        self._registry = registry

    def follow(self, sessionid: str, after: int) -> Follower:
        """Raises UnknownSession, and QueueFull when too many follow already."""
        return self._registry.find(sessionid).log.follow(after)
