"""What `ringtalk doctor` says of the room for as many sessions as the settings allow.

In: the settings. Out: findings of shared memory and of descriptors. Runs in the command's own
process; owns nothing.
"""

import math
import os
import resource
from typing import Final

from runtime.settings import Settings
from server.cli.finding import Finding
from server.sessions.resources import (
    SESSION_BYTES,
    SESSION_DESCRIPTORS,
    SHARED_MEMORY,
    descriptors_for,
)

_MB: Final = 1 << 20


def capacity_findings(settings: Settings) -> list[Finding]:
    """For `max_calls` sessions."""
    return [_shared_memory(settings.max_calls), _descriptors(settings.max_calls)]


def _shared_memory(sessions: int) -> Finding:
    name = str(SHARED_MEMORY)
    try:
        space = os.statvfs(SHARED_MEMORY)
    except OSError as error:
        return Finding(name, "missing", str(error), "mount a tmpfs at /dev/shm")
    free = space.f_bavail * space.f_frsize // _MB
    total = space.f_blocks * space.f_frsize // _MB
    found = f"{free} of {total} MB free"
    needed = math.ceil(sessions * SESSION_BYTES / _MB)
    if free < needed:
        advice = (
            f"a session needs up to {SESSION_BYTES / 1e6:.0f} MB, the {sessions} of max_calls "
            f"{needed} MB; in Docker: --shm-size=1g"
        )
        return Finding(name, "warning", found, advice)
    return Finding(name, "ok", found)


def _descriptors(sessions: int) -> Finding:
    """Both limits: the soft one is what counts, up to the hard one anybody may raise it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = descriptors_for(sessions)
    found = f"{soft} (may be raised to {hard})"
    if soft < needed:
        advice = (
            f"a session needs up to {SESSION_DESCRIPTORS}, the {sessions} of max_calls {needed} "
            f"in all: ulimit -n {needed}"
        )
        return Finding("descriptors", "warning", found, advice)
    return Finding("descriptors", "ok", found)
