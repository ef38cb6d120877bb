#!/usr/bin/env bash
# livekit-agents' AvatarRunner tells the end of an avatar's speech before it is heard, and plays on when it is cleared.
#
# Expected: `lk.playback_finished` comes when the last sound has left, and after `lk.clear_buffer` nothing more of what
#   waited is heard; `playback_position` is what was heard, since the agent cuts its transcript and its history there.
# What happens: frames are counted when they are pushed into the AVSynchronizer, behind which up to _queue_size_ms (100) of
#   sound wait in the rtc.AudioSource. The end is told with the last push, so about 0.1 s before it is heard; on a clear
#   neither queue is cleared, so about 0.1 s more is heard, which is in the position that is told.
# Why it matters: an agent that is interrupted believes that a word was heard that was not, starts to speak or hangs up on the
#   avatar's last syllable, and the "silent at once" of an interruption is not.
# Version: livekit-agents 1.8.9 with livekit 1.1.21 (the newest in November 2026).
# Source: livekit/agents/voice/avatar/_runner.py, _forward_video and _on_clear_buffer.
# Ringtalk counts in what has left the source, and clears it: actors/egress/outputs/room/room_playout.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check livekit-agents==1.8.9 livekit==1.1.21
"$folder/venv/bin/python" - <<'PY'
import asyncio
import sys
import time
from types import SimpleNamespace

import numpy as np
from livekit import rtc
from livekit.agents.voice.avatar import (
    AudioReceiver, AudioSegmentEnd, AvatarOptions, AvatarRunner, VideoGenerator,
)

RATE, SIZE, PIECE = 48_000, (64, 48), 0.04
LOUD = np.full(round(RATE * PIECE), 8000, np.int16).tobytes()


class Room:
    """The little of a room that the runner needs; its tracks are real."""

    def __init__(self):
        self.local_participant = SimpleNamespace(publish_track=self.publish)

    async def publish(self, track, options):
        async def at_once():
            return None
        return SimpleNamespace(wait_for_subscription=at_once)

    def isconnected(self):
        return True

    def on(self, *_):
        return None

    off = on


class Agent(AudioReceiver):
    """Sends `seconds` of sound at once; remembers what it is told, and when."""

    def __init__(self, seconds):
        super().__init__()
        self.told, self.changed = [], asyncio.Event()
        self.frames = asyncio.Queue()
        for _ in range(round(seconds / PIECE)):
            self.frames.put_nowait(rtc.AudioFrame(LOUD, RATE, 1, len(LOUD) // 2))
        self.frames.put_nowait(AudioSegmentEnd())

    def notify_playback_started(self):
        return None

    def notify_playback_finished(self, playback_position, interrupted):
        self.told.append((time.monotonic(), playback_position))
        self.changed.set()

    def __aiter__(self):
        return self

    async def __anext__(self):
        return await self.frames.get()


class Face(VideoGenerator):
    """A face that costs nothing: each piece of sound comes back with a picture."""

    def __init__(self):
        self.out = asyncio.Queue()

    async def push_audio(self, frame):
        await self.out.put(frame)

    def clear_buffer(self):
        while not self.out.empty():
            self.out.get_nowait()

    async def __aiter__(self):
        while True:
            frame = await self.out.get()
            if isinstance(frame, rtc.AudioFrame):
                picture = bytes(SIZE[0] * SIZE[1] * 3 // 2)
                yield rtc.VideoFrame(*SIZE, rtc.VideoBufferType.I420, picture)
            yield frame


async def seen(seconds, clear_after=None):
    """Seconds between what is told and the last sound; seconds told, and heard."""
    agent, face = Agent(seconds), Face()
    options = AvatarOptions(*SIZE, 1 / PIECE, RATE, 1)
    runner = AvatarRunner(Room(), audio_recv=agent, video_gen=face, options=options)
    track = rtc.LocalAudioTrack.create_audio_track("a", runner._audio_source)
    stream = rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1)
    loud = []

    async def listen():
        async for event in stream:
            if np.abs(np.frombuffer(event.frame.data, np.int16)).max() > 1000:
                loud.append((time.monotonic(), event.frame.samples_per_channel / RATE))
                if clear_after and len(loud) * loud[0][1] >= clear_after and not cleared:
                    cleared.append(time.monotonic())
                    agent.emit("clear_buffer")

    cleared = []
    listening = asyncio.ensure_future(listen())
    await runner.start()
    await agent.changed.wait()
    await asyncio.sleep(0.5)
    listening.cancel()
    await runner.aclose()
    at, position = agent.told[0]
    return loud[-1][0] - (cleared[0] if cleared else at), position, sum(each for _, each in loud)


async def main():
    early, position, heard = await seen(2.0)
    print(f"to its end: told {early:.2f} s before the last sound; position {position:.2f}, heard {heard:.2f}")
    more, told, heard = await seen(4.0, clear_after=1.0)
    print(f"cleared after {heard - more:.2f} s: position {told:.2f}, and {more:.2f} s more are heard")
    return early > 0.05 and more > 0.05


if not asyncio.run(main()):
    sys.exit("AvatarRunner tells the end when it is heard now")
PY
