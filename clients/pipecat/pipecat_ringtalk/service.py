"""A face in a Pipecat pipeline: behind the voice, before the output.

    … llm → tts → RingtalkVideoService → transport.output() …

In: TTSAudioRawFrames, which go up to a ringtalk server. Out: the pictures, 25 a
second, and with each the sound that belongs to it; a TTSStoppedFrame once its last sound was heard.
An InterruptionFrame silences the face and passes at once. Where the face is away, sound passes as
it came, an ErrorFrame says why, and the server is asked again. Runs in the agent's event loop;
owns the face and the task that reads it, both freed by the end of the pipeline.
"""

import asyncio
from collections.abc import Awaitable
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import cv2
import numpy as np
from loguru import logger
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    OutputImageRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.ai_service import AIService
from pipecat.services.settings import ServiceSettings

from pipecat_ringtalk.context_queue import ContextQueue
from pipecat_ringtalk.face import Face, FaceAway
from pipecat_ringtalk.frames import HoldSpeechFrame, ResumeSpeechFrame
from pipecat_ringtalk.settings import RingtalkVideoSettings
from pipecat_ringtalk.spoken_context import SpokenContext
from pipecat_ringtalk.tick_stream import RATE, Hush, Tick

LOCAL: Final = "http://localhost:8010"
HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine."""
AGAIN_SECONDS: Final = 1.0
"""Until a server that is away is asked again; twice as long after each time."""
AGAIN_MOST_SECONDS: Final = 15.0
FINISH_SECONDS: Final = 5.0
"""Beyond the length of what is still to be heard, when a pipeline ends."""
CUSHION: Final = bytes(2 * RATE // 50)
"""20 ms of silence before an utterance: an output plays every 10 ms what it has, and a tick that is
a little late would leave a hole."""


class RingtalkVideoService(AIService):
    """See the module."""

    Settings = RingtalkVideoSettings

    def __init__(
        self,
        *,
        url: str = LOCAL,
        key: str = "",
        settings: RingtalkVideoSettings | None = None,
        hold_on_voice: bool = False,
        remote: bool | None = None,
        name: str | None = None,
    ) -> None:
        """url, key: of the server. remote: whether it is on another machine, so that pictures and
        sound come coded, over WebRTC; None: unless the url names this one. hold_on_voice: whether
        the face waits from the first sign of a person's voice until it is an interruption, or was
        nothing."""
        whole = RingtalkVideoSettings(model=None, avatar=None, background=None)
        if settings is not None:
            whole.apply_update(settings)
        super().__init__(settings=whole, name=name)
        self._face_settings = whole
        self._url, self._key, self._hold_on_voice = url, key, hold_on_voice
        self._remote = urlsplit(url).hostname not in HERE if remote is None else remote
        self._face: Face | None = None
        self._contexts = ContextQueue()
        self._reading: asyncio.Task[None] | None = None
        self._silenced = False
        """Between an interrupt and the server's word of it: what comes is of before."""
        self._epoch = 0
        self._picture: OutputImageRawFrame | None = None

    def can_generate_metrics(self) -> bool:
        """TTFB: from a voice's first sound to its first sound at the face."""
        return True

    async def start(self, frame: StartFrame) -> None:
        """Have the face ready before the agent says its first word."""
        await super().start(frame)
        if self._reading is None:
            await self._open()
            self._reading = self.create_task(self._run())

    async def stop(self, frame: EndFrame) -> None:
        """In order: what waits was heard."""
        await super().stop(frame)
        await self._close()

    async def cancel(self, frame: CancelFrame) -> None:
        """At once."""
        await super().cancel(frame)
        await self._close()

    async def cleanup(self) -> None:
        """Free what `stop` and `cancel` have not."""
        await super().cleanup()  # type: ignore[no-untyped-call]  # pipecat has no types there
        await self._close()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """See the module."""
        if isinstance(frame, EndFrame):
            await self._finish()
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM and await self._speech(frame):
            return
        if isinstance(frame, InterruptionFrame):
            await self._silence()
        elif isinstance(frame, HoldSpeechFrame):
            await self._hold()
        elif isinstance(frame, ResumeSpeechFrame):
            await self._resume()
        elif self._hold_on_voice and isinstance(frame, VADUserStartedSpeakingFrame):
            await self._hold()
        elif self._hold_on_voice and isinstance(frame, VADUserStoppedSpeakingFrame):
            await self._resume()
        await self.push_frame(frame, direction)

    async def _speech(self, frame: Frame) -> bool:
        """Whether the frame is the voice's, and kept until the face has said it."""
        match frame:
            case TTSStartedFrame():
                self._contexts.begin(frame.context_id)
            case TTSAudioRawFrame() if self._face is not None:
                await self._say(self._face, frame)
                return True
            case TTSStoppedFrame():
                return await self._end(frame)
        return False

    async def _say(self, face: Face, frame: TTSAudioRawFrame) -> None:
        context = self._contexts.spoken(frame)
        if not context.sounds:
            await self.start_ttfb_metrics()
        try:
            await face.say(context.add(frame))
        except ValueError as error:
            await self.push_error(str(error), exception=error)
        except FaceAway as away:
            await self._lose(away)

    async def _end(self, frame: TTSStoppedFrame) -> bool:
        """The voice is done with a context; False if it is none that is waited for."""
        context = self._contexts.newest
        if context is None or context.stopped is not None:
            return False
        context.stopped = frame
        if self._face is not None and context.sounds:
            await self._commit(self._face, context)
        await self._release()
        return True

    async def _finish(self) -> None:
        """The pipeline ends: what was said is heard first, also of a voice that broke off. Waits no
        longer than that takes."""
        newest = self._contexts.newest
        if newest is not None and newest.stopped is None:
            if self._face is None or not newest.sounds:
                self._contexts.drop_newest()
            else:
                await self._commit(self._face, newest)
        await self._resume()
        try:
            async with asyncio.timeout(self._contexts.unheard_seconds + FINISH_SECONDS):
                await self._contexts.drained()
        except TimeoutError:
            await self.push_error("the face did not say all of it before the end")

    async def _commit(self, face: Face, context: SpokenContext) -> None:
        await self._up(face.say(context.end()))
        if self._face is face:
            await self._up(face.commit())

    async def _up(self, sending: Awaitable[None]) -> None:
        """Something goes up to the face, which may turn out to be gone."""
        try:
            await sending
        except FaceAway as away:
            await self._lose(away)

    async def _release(self) -> None:
        """Let go of contexts of which nothing is left to hear."""
        while (head := self._contexts.heard) is not None and head.stopped is not None:
            if head.sounds and self._face is not None:
                return
            self._contexts.done()
            await self.push_frame(head.stopped)

    async def _silence(self) -> None:
        speaking = any(context.sounds for context in self._contexts)
        self._contexts.clear()
        if self._face is None:
            return
        self._silenced = speaking
        await self._up(self._face.interrupt())

    async def _hold(self) -> None:
        if self._face is not None and self._contexts.heard is not None:
            await self._up(self._face.hold())

    async def _resume(self) -> None:
        if self._face is not None:
            await self._up(self._face.resume())

    async def _run(self) -> None:
        """Read the face until the pipeline ends; ask for it again where it is away."""
        wait = AGAIN_SECONDS
        while True:
            if self._face is None:
                await asyncio.sleep(wait)
                wait = min(2 * wait, AGAIN_MOST_SECONDS)
                await self._open()
                continue
            wait = AGAIN_SECONDS
            try:
                await self._play(await self._face.ticks())
            except FaceAway as away:
                await self._lose(away)

    async def _play(self, batch: list[Tick | Hush]) -> None:
        """Hand ticks on: every sound, and of pictures that came late the newest."""
        newest = max((at for at, one in enumerate(batch) if isinstance(one, Tick)), default=-1)
        for at, one in enumerate(batch):
            if isinstance(one, Hush):
                self._epoch, self._silenced = one.epoch, False
                continue
            if one.epoch > self._epoch:
                self._epoch, self._silenced = one.epoch, False
            if one.picture:
                self._picture = self._shown(one.picture)
            if at == newest and self._picture is not None:
                await self.push_frame(_again(self._picture))
            if one.utterance and not self._silenced and one.epoch >= self._epoch:
                await self._heard(one)

    async def _heard(self, tick: Tick) -> None:
        """A tick of an utterance: the oldest context that is not done."""
        context = self._contexts.heard
        if context is None:
            return
        if context.utterance == 0:
            context.utterance = tick.utterance
            await self.stop_ttfb_metrics()
            await self.push_frame(TTSAudioRawFrame(CUSHION, RATE, 1, context.context_id))
        context.heard_ticks += 1
        await self.push_frame(TTSAudioRawFrame(tick.sound, RATE, 1, context.context_id))
        if tick.last:
            self._contexts.done()
            if context.stopped is not None:
                await self.push_frame(context.stopped)
            await self._release()

    async def _open(self) -> None:
        asked = monotonic()
        avatar, background = self._face_settings.avatar, self._face_settings.background
        try:
            self._face = await Face.open(
                self._url,
                self._key,
                avatar if isinstance(avatar, str) else "",
                background if isinstance(background, str) else "",
                self._remote,
            )
        except FaceAway as away:
            await self.push_error(f"the face is away, its sound passes: {away}", exception=away)
            return
        self._silenced, self._epoch = False, 0
        logger.debug(f"{self}: the face is there after {monotonic() - asked:.2f} s")

    async def _lose(self, away: FaceAway) -> None:
        """The face is gone: what nobody has heard passes as the voice made it."""
        face, self._face = self._face, None
        if face is None:
            return
        await self.push_error(f"the face is away, its sound passes: {away}", exception=away)
        await face.close()
        for context in self._contexts:
            if (rest := context.unheard()) is not None:
                await self.push_frame(rest)
            context.forget()
        await self._release()

    async def _close(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            await self.cancel_task(reading)
        face, self._face = self._face, None
        if face is not None:
            await face.close()
        self._contexts.clear()

    async def _update_settings(self, delta: ServiceSettings) -> dict[str, object]:
        """Another avatar or background, while it speaks."""
        changed = await super()._update_settings(delta)
        face, wanted = self._face, self._face_settings
        try:
            if face is not None and "avatar" in changed and isinstance(wanted.avatar, str):
                await face.show(wanted.avatar)
            if face is not None and "background" in changed:
                behind = wanted.background
                await face.put_behind(behind if isinstance(behind, str) else "")
        except FaceAway as refused:
            await self.push_error(str(refused), exception=refused)
        return changed

    def _shown(self, picture: bytes) -> OutputImageRawFrame:
        assert self._face is not None
        width, height = self._face.size
        planes = np.frombuffer(picture, np.uint8).reshape(height * 3 // 2, width)
        colours = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)
        return OutputImageRawFrame(colours.tobytes(), (width, height), "RGB")


def _again(frame: OutputImageRawFrame) -> OutputImageRawFrame:
    """A frame of its own with the same picture: each has a number."""
    return OutputImageRawFrame(frame.image, frame.size, frame.format)
