"""One session's rings: one between every two neighbours, and the control block beside them.

In: the session's spec. Out: what each actor needs to stand in it. Runs in the
supervisor; owns the segments and eventfds, which have no name and are gone with
their last descriptor.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from data.units import CHUNK_MS, TICK_MS
from ringbuf import Control, Counters, Ring
from runtime.actor_row import ActorRow
from runtime.errors import shortage
from runtime.layouts import RINGS, layout
from runtime.messages import RingGrant, SessionSpec

SPEECH_SLOTS: Final = 400 // CHUNK_MS
"""Sound that may wait for the features: enough for the next sentence's synthesis."""
SOUND_MS: Final = 2000
"""Sound that may wait for the ear, besides what the faces are ahead of it."""
FEATURE_SLOTS: Final = 2
PICTURE_SLOTS: Final = 4
MIC_SLOTS: Final = 1000 // CHUNK_MS
"""What a person says while ingest is being restarted."""
LEAST_FACES: Final = 2


class SessionRings:
    """Made when a session opens; `close` frees it all."""

    def __init__(self, spec: SessionSpec, ahead_ms: int) -> None:
        """Raises OutOfResources when memory or descriptors are short; nothing is left then."""
        self.spec = spec
        slots = {
            "speech": SPEECH_SLOTS,
            "sound": (SOUND_MS + ahead_ms) // CHUNK_MS,
            "feature": FEATURE_SLOTS,
            "face": max(LEAST_FACES, ahead_ms // TICK_MS),
            "picture": PICTURE_SLOTS,
            "mic": MIC_SLOTS,
        }
        self._rings: dict[str, Ring] = {}
        with _named_shortage(), ExitStack() as undo:
            self.control = Control.create()
            undo.callback(self.control.close)
            self._still = Control.create()
            undo.callback(self._still.close)
            for name in RINGS:
                self._rings[name] = Ring.create(layout(name, spec.shape), slots[name])
                undo.callback(self._rings[name].close)
            undo.pop_all()

    def grants(self, row: ActorRow) -> tuple[list[RingGrant], list[int]]:
        """What the actor of this row may use, and the descriptors beside it."""
        grants = [RingGrant(name, reads=True) for name in row.reads]
        grants += [RingGrant(name, reads=False) for name in row.writes]
        descriptors = [self.control.fd, self._still.fd]
        for grant in grants:
            descriptors += self._rings[grant.ring].handles
        return grants, descriptors

    def counters(self) -> dict[str, Counters]:
        """The counters of every ring, read from shared memory."""
        return {name: ring.counters() for name, ring in self._rings.items()}

    def close(self) -> None:
        """Free the segments; actors that still hold a ring keep it until they close it."""
        for ring in self._rings.values():
            ring.close()
        self._still.close()
        self.control.close()


@contextmanager
def _named_shortage() -> Iterator[None]:
    """A system call that failed for want of something says of what."""
    try:
        yield
    except OSError as error:
        raise shortage(error) or error from error
