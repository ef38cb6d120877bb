"""The recordings of this process's sessions: one at most of each.

In: requests to start and to end, and what is heard of the sessions. Out: a `SessionRecording`
each, and their news. Runs in the egress process's event loop; owns them, and the threads that
write.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from actors.egress.marking.film_marker import FilmMarker
from actors.egress.packet_tap import PacketTaps
from actors.egress.recording.session_recording import SessionRecording
from runtime.errors import AlreadyRecording, NotRecording
from runtime.messages import ActorEvent, ActorNews, RecordingNews, StartRecording

WRITERS: Final = 2
"""Threads: each recording needs one for some milliseconds a second."""
OVER: Final = frozenset({"done", "failed", "empty"})


class SessionRecordings:
    """By session."""

    def __init__(self, emit: Callable[[ActorNews], None], marker: FilmMarker | None = None) -> None:
        """marker: of films that are whole."""
        self._emit, self._marker = emit, marker
        self._writers = ThreadPoolExecutor(WRITERS, "recording")
        self._recordings: dict[str, SessionRecording] = {}

    def start(self, wanted: StartRecording, taps: PacketTaps | None) -> None:
        """Begin with the next keyframe of what the session sends.

        Raises AlreadyRecording; NotRecording where it sends nothing."""
        if wanted.session in self._recordings:
            raise AlreadyRecording("the session is being recorded already")
        if taps is None:
            raise NotRecording("the session is written into a file, and sends nothing")
        recording = SessionRecording(wanted, taps, self._writers, self._news, self._marker)
        self._recordings[wanted.session] = recording

    async def end(self, session: str, why: str = "") -> None:
        """Return when the recording is whole; `why` is told. Raises NotRecording."""
        if session not in self._recordings:
            raise NotRecording("the session is not being recorded")
        await self._recordings[session].end(why)

    def told(self, event: ActorEvent) -> None:
        """The playout cursor of a session tells something."""
        if event.session in self._recordings:
            self._recordings[event.session].told(event)

    async def close(self, session: str) -> None:
        """The session ends, and its recording, if there is one, with it."""
        if session in self._recordings:
            await self._recordings[session].end()

    def stop(self) -> None:
        """No session is left."""
        self._writers.shutdown(wait=False)

    def _news(self, news: RecordingNews) -> None:
        if news.state in OVER:
            self._recordings.pop(news.session, None)
        self._emit(news)
