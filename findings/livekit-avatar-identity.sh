#!/usr/bin/env bash
# Two agents in one process whose avatars have the same identity get each other's playback_finished, and one waits in vain.
#
# Expected: a DataStreamAudioOutput is told of the playback of the avatar in its own room; other rooms are other worlds.
# What happens: the handlers of `lk.playback_finished` and `lk.playback_started` are kept in dicts of the class, by the
#   avatar's identity alone. The second output with that identity takes the first one's place, whatever its room: what
#   the first room's avatar tells is counted by the second agent ("playback_finished called more times than playback
#   segments were captured", if it says nothing just then), and the first waits for ever in wait_for_playout.
# Why it matters: avatar plug-ins have a fixed identity by default, and JobExecutorType.THREAD (the default on Windows), a
#   test or a program of its own run several sessions in one process. The dicts are never emptied, either: each holds
#   the last output, and through it its room, for as long as the process lives.
# Version: livekit-agents 1.8.9 with livekit 1.1.21 (the newest in November 2026).
# Source: livekit/agents/voice/avatar/_datastream_io.py, _register_playback_finished_rpc.
# Ringtalk's plug-in gives each session's face an identity of its own: clients/livekit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check livekit-agents==1.8.9 livekit==1.1.21
"$folder/venv/bin/python" - <<'PY'
import asyncio
import json
import logging
import sys
from types import SimpleNamespace

from livekit import rtc
from livekit.agents.voice.avatar import DataStreamAudioOutput

AVATAR = "avatar-agent"
logging.disable(logging.CRITICAL)


class Room(rtc.EventEmitter):
    """A room with one avatar in it."""

    def __init__(self, avatar):
        super().__init__()
        self.methods = {}
        self.local_participant = SimpleNamespace(
            _rpc_handlers=self.methods,
            register_rpc_method=self.methods.__setitem__,
            stream_bytes=self.stream,
        )
        there = rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE
        self.remote_participants = {avatar: SimpleNamespace(identity=avatar, state=there)}
        self.avatar = avatar

    def isconnected(self):
        return True

    async def stream(self, *_, **__):
        async def nothing(*_):
            return None
        return SimpleNamespace(write=nothing, aclose=nothing)

    def avatar_has_finished(self):
        payload = json.dumps({"playback_position": 0.1, "interrupted": False})
        call = rtc.RpcInvocationData("r", self.avatar, payload, 10.0)
        return self.methods["lk.playback_finished"](call)


async def waits(*avatars):
    """Of two agents in rooms of their own: which still waits, though both avatars told the end."""
    rooms = [Room(avatar) for avatar in avatars]
    outputs = [DataStreamAudioOutput(room, destination_identity=room.avatar) for room in rooms]
    for output in outputs:
        await output.capture_frame(rtc.AudioFrame(bytes(4800), 24000, 1, 2400))
        output.flush()
    told = [room.avatar_has_finished() for room in rooms]
    assert told == ["ok", "ok"]
    waiting = [output._pending_playback_count > 0 for output in outputs]
    return waiting


async def main():
    same, own = await waits(AVATAR, AVATAR), await waits("avatar-1", "avatar-2")
    print(f"the same identity in two rooms: still waiting: {same}; an identity for each: {own}")
    return same == [True, False] and own == [False, False]


if not asyncio.run(main()):
    sys.exit("outputs are told of their own rooms' avatars now")
PY
