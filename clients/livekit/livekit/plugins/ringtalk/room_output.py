"""An agent's sound on its way to a face that is a participant of its room.

In: sound, and the agent's wishes. Out: byte streams and calls to the face (the wire of
`DataStreamAudioOutput`, with ringtalk's own `ringtalk.hold` and `ringtalk.resume`). What the face
tells of playback comes from its own playout. Runs in the agent's process; owns the calls that are
under way.
"""

import asyncio
from typing import Any, Final

from livekit import rtc
from livekit.agents.voice.avatar import DataStreamAudioOutput
from livekit.agents.voice.io import AudioOutput, AudioOutputCapabilities
from livekit.plugins.ringtalk.errors import RingtalkException
from livekit.plugins.ringtalk.log import logger

HOLD: Final = "ringtalk.hold"
RESUME: Final = "ringtalk.resume"
BACK_SECONDS: Final = 10.0
"""A face whose connection broke is in the room again after some seconds."""
CLEAR_SECONDS: Final = 2.0
"""A face that has not told the end so long after a clear is not waited for."""


class RoomAudioOutput(DataStreamAudioOutput):
    """To the participant `face`. It can pause, so that `resume_false_interruption` works."""

    def __init__(self, room: rtc.Room, *, face: str, sample_rate: int) -> None:
        super().__init__(
            room,
            destination_identity=face,
            sample_rate=sample_rate,
            wait_remote_track=rtc.TrackKind.KIND_VIDEO,
            wait_playback_start=True,
            clear_buffer_timeout=CLEAR_SECONDS,
        )
        self._capabilities = AudioOutputCapabilities(pause=True)
        self._face = face
        self._held = False
        self._calls: set[asyncio.Task[None]] = set()
        self._there = asyncio.Event()
        self._there.set()
        room.on("participant_disconnected", self._left)
        room.on("participant_active", self._back)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Some sound of an utterance. Raises RingtalkException where the face has left the room,
        and is not back soon."""
        try:
            async with asyncio.timeout(BACK_SECONDS):
                await self._there.wait()
        except TimeoutError:
            raise RingtalkException("the face has left the room") from None
        await super().capture_frame(frame)

    def pause(self) -> None:
        """What is said stops with the face's next tick, and waits there."""
        AudioOutput.pause(self)
        if not self._held:
            self._held = True
            self._call(HOLD)

    def resume(self) -> None:
        """It goes on where it was."""
        super().resume()
        if self._held:
            self._held = False
            self._call(RESUME)

    def clear_buffer(self) -> None:
        """What was sent is not said; a pause ends with it, as it does in the face."""
        held, self._held = self._held, False
        pending = self._pending_playback_count > 0
        super().clear_buffer()
        if held and not pending:  # else the face's clear ends the hold
            self._call(RESUME)

    async def aclose(self) -> None:
        """Wait for nothing any more."""
        self._room.off("participant_disconnected", self._left)
        self._room.off("participant_active", self._back)
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _left(self, participant: rtc.RemoteParticipant) -> None:
        """A face that is gone tells no ends: the agent must not wait for them."""
        if participant.identity == self._face:
            self._there.clear()
            self._stream_writer = None
            self._held = False
            for _ in range(self._pending_playback_count):
                self.on_playback_finished(playback_position=0.0, interrupted=True)

    def _back(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._face:
            self._there.set()

    def _call(self, method: str) -> None:
        task = asyncio.create_task(self._ask(method))
        self._calls.add(task)
        task.add_done_callback(self._done)

    async def _ask(self, method: str) -> None:
        await self._room.local_participant.perform_rpc(
            destination_identity=self._face, method=method, payload=""
        )

    def _done(self, call: asyncio.Task[Any]) -> None:
        self._calls.discard(call)
        if not call.cancelled() and (error := call.exception()) is not None:
            logger.error("the face was not told to pause or go on", exc_info=error)
