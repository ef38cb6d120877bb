"""An agent's sound on its way to a face on the agent's own machine.

In: sound, and the agent's wishes. Out: the same on the session's WebSocket; what was heard, as the
face's own playout counts it. Runs in the agent's process; owns nothing.
"""

import time
from typing import Final

from livekit import rtc
from livekit.agents.voice.io import AudioOutput, AudioOutputCapabilities
from livekit.plugins.ringtalk.local_face import LocalFace

MONO: Final = 1


class LocalAudioOutput(AudioOutput):
    """To `face`. It can pause, so that `resume_false_interruption` works."""

    def __init__(self, face: LocalFace, *, sample_rate: int) -> None:
        super().__init__(
            label="Ringtalk",
            capabilities=AudioOutputCapabilities(pause=True),
            sample_rate=sample_rate,
        )
        self._lent = face
        self._segments = 0
        self._name = ""
        self._held = False
        face.on_started = lambda: self.on_playback_started(created_at=time.time())
        face.on_finished = self._finished

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Some sound of an utterance, at the sample rate, of any number of channels. Raises
        RingtalkException once the face is away."""
        await super().capture_frame(frame)
        face = self._lent
        if not self._name:
            self._segments += 1
            self._name = str(self._segments)
            face.playout.begin(self._name)
            face.ask("begin", name=self._name)
        name = self._name
        face.playout.grow(name, frame.duration)
        await face.asked()
        await face.say(name, _mono(frame))

    def flush(self) -> None:
        """The utterance is complete."""
        super().flush()
        if self._name:
            self._name = ""
            self._lent.ask("commit")

    def clear_buffer(self) -> None:
        """It is silent now; `playback_finished` comes before this returns. A pause ends with it."""
        self._name = ""
        self._held = False
        self._lent.ask("clear")
        self._lent.playout.clear()

    def pause(self) -> None:
        """What is said stops with the next tick, and waits there."""
        super().pause()
        if not self._held:
            self._held = True
            self._lent.ask("hold")

    def resume(self) -> None:
        """It goes on where it was."""
        super().resume()
        if self._held:
            self._held = False
            self._lent.ask("resume")

    def _finished(self, position: float, interrupted: bool) -> None:
        self.on_playback_finished(playback_position=position, interrupted=interrupted)


def _mono(frame: rtc.AudioFrame) -> bytes:
    """int16 little-endian, as all of livekit's machines have it."""
    if frame.num_channels == MONO:
        return bytes(frame.data)
    mixed = [
        sum(frame.data[at : at + frame.num_channels]) // frame.num_channels
        for at in range(0, len(frame.data), frame.num_channels)
    ]
    return b"".join(sample.to_bytes(2, "little", signed=True) for sample in mixed)
