"""One line in the log for each outage of a voice, a language model or a transcriber.

In: what failed, and what works. Out: a warning when a service begins to fail, in words of ours (a
service's own might repeat what was said), and a line when it works again. Runs on ingest's loop;
owns the names of what fails.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

FORGOTTEN_SECONDS: Final = 300.0
"""A failure after so long without another is a new outage: not everybody says that they work."""


class ServiceOutages:
    """Knows which services fail."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds."""
        self._clock = clock
        self._failed_at: dict[str, float] = {}

    def failed(self, service: str, reason: str) -> None:
        """A request failed; `reason` as in `models.service_error`."""
        now = self._clock()
        before = self._failed_at.get(service)
        self._failed_at[service] = now
        if before is None or now - before > FORGOTTEN_SECONDS:
            fields = {"service": service, "reason": reason}
            logger.warning("a service fails", extra={"fields": fields})

    def works(self, service: str) -> None:
        """A request succeeded."""
        if self._failed_at.pop(service, None) is not None:
            logger.info("a service works again", extra={"fields": {"service": service}})
