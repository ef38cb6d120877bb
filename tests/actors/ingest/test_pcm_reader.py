"""Sound that a client makes as it goes, over a real socket pair."""

import asyncio
import socket
from collections.abc import AsyncGenerator

import numpy as np
import pytest

from actors.ingest import pcm_reader as module
from actors.ingest.pcm_reader import pcm
from data.units import PLAYOUT_CHUNK
from models.sound.chunks import Chunk
from tests.actors.session_rig import told, turn

RATE = 24_000


def tone(seconds: float) -> bytes:
    time = np.arange(round(seconds * RATE)) / RATE
    return (12_000 * np.sin(2 * np.pi * 220 * time)).astype("<i2").tobytes()


async def everything(chunks: AsyncGenerator[list[Chunk]]) -> list[list[Chunk]]:
    return [some async for some in chunks]


@pytest.mark.parametrize("cut", [1, 3, 960, 4001])
def test_any_cut_of_the_bytes_gives_the_same_sound(cut: int) -> None:
    async def story() -> None:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        loop = asyncio.get_running_loop()
        reading = loop.create_task(everything(pcm(ours, RATE)))
        data = tone(0.2)
        step = cut if cut > 100 else len(data) // 7 * 2 + cut
        for at in range(0, len(data), step):
            await loop.sock_sendall(theirs, data[at : at + step])
            await turn()
        theirs.close()
        found = [chunk for some in await reading for chunk in some]
        assert len(found) == 10
        ear = np.concatenate([chunk.ear for chunk in found]).astype(float)
        time = np.arange(len(ear)) / 48_000
        wanted = np.sin(2 * np.pi * 220 * time)
        assert np.corrcoef(ear, wanted)[0, 1] > 0.99, "but for the fades at its edges"
        assert ours.fileno() < 0, "it was closed"

    told(story())


def test_a_source_that_pauses_gives_what_it_had_and_a_break(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
        ours, theirs = socket.socketpair()
        chunks = pcm(ours, RATE)
        theirs.sendall(tone(0.03))
        before = [await anext(chunks)]
        while before[-1]:
            before.append(await anext(chunks))
        assert sum(map(len, before)) == 2, "padded to a whole tick"
        theirs.sendall(tone(0.04))
        theirs.close()
        after = [chunk for some in await everything(chunks) for chunk in some]
        assert len(after) == 2
        assert np.abs(after[0].ear[: PLAYOUT_CHUNK // 2]).max() > 1000, "it goes on at once"

    told(story())


def test_a_source_that_says_nothing_is_nothing() -> None:
    async def story() -> None:
        ours, theirs = socket.socketpair()
        theirs.close()
        assert await everything(pcm(ours, RATE)) == []

    told(story())


def test_who_stops_listening_closes_the_socket() -> None:
    async def story() -> None:
        ours, theirs = socket.socketpair()
        chunks = pcm(ours, RATE)
        theirs.sendall(tone(0.1))
        await anext(chunks)
        await chunks.aclose()
        assert ours.fileno() < 0
        with pytest.raises(BrokenPipeError):
            theirs.sendall(tone(0.1))
        theirs.close()

    told(story())


def test_half_a_sample_at_the_end_is_left_out() -> None:
    async def story() -> None:
        ours, theirs = socket.socketpair()
        theirs.sendall(tone(0.04) + b"\x01")
        theirs.close()
        assert len([chunk for some in await everything(pcm(ours, RATE)) for chunk in some]) == 2

    told(story())
