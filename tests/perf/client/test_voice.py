"""The client's voice and its ear for events: up a real connection, into a real ring."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from actors.egress.options import MediaOptions
from actors.egress.webrtc.event_channel import EventChannel
from actors.egress.webrtc.microphone import Microphone, MicrophoneCounts
from actors.egress.webrtc.peer import Peer, ReturnPath
from data.units import FEATURE_RATE, PLAYOUT_CHUNK, PLAYOUT_RATE
from perf.client.api import Api, SessionId
from perf.client.event_receiver import ReceivedEvent
from perf.client.session import ClientSession
from perf.client.voice import Voice
from perf.sounds import vowel
from tests.actors.egress.webrtc.scenes import SIZE, picture, tone
from tests.actors.egress.webrtc.voice import delay
from tests.actors.session_rig import Rig, read, told

MS = 1_000_000
PATIENCE = 100.0


async def recorded(voice: Voice, chunks: int) -> NDArray[np.int16]:
    frames = [await voice.recv() for _ in range(chunks)]
    assert [frame.pts for frame in frames] == list(
        range(frames[0].pts or 0, (frames[0].pts or 0) + chunks * PLAYOUT_CHUNK, PLAYOUT_CHUNK)
    )
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def click() -> NDArray[np.int16]:
    sound = np.zeros(FEATURE_RATE // 100, np.int16)
    sound[80] = 20_000
    return sound


def test_what_is_said_stands_where_it_was_said() -> None:
    async def story() -> None:
        voice = Voice()
        assert not np.any(await recorded(voice, 1))
        now = time.monotonic_ns()
        first = voice.say(click(), now + 60 * MS)
        second = voice.say(click(), first + 101 * MS)
        assert first == pytest.approx(now + 60 * MS, abs=MS)
        heard = await recorded(voice, 12)
        peak = int(np.argmax(heard[: len(heard) // 2]))
        gap = (second - first) * PLAYOUT_RATE // 1_000_000_000
        again = heard[peak + gap - 100 : peak + gap + 100]
        assert int(np.argmax(again)) == pytest.approx(100, abs=1)
        assert np.count_nonzero(heard) < 2 * 480 + 4

    told(story())


def test_sounds_that_overlap_are_both_heard_and_one_for_the_past_is_said_now() -> None:
    async def story() -> None:
        voice = Voice()
        await recorded(voice, 1)
        ones = np.full(FEATURE_RATE // 10, 1000, np.int16)
        late = voice.say(ones, 0)
        assert late > 0
        voice.say(ones, late)
        heard = await recorded(voice, 3)
        assert np.median(heard) == pytest.approx(2000, abs=20)

    told(story())


def test_a_voice_that_is_not_sent_says_nothing_and_one_that_stopped_ends() -> None:
    async def story() -> None:
        voice = Voice()
        with pytest.raises(RuntimeError, match="does not send yet"):
            voice.say(click(), 0)
        voice.stop()
        with pytest.raises(MediaStreamError):
            await voice.recv()

    told(story())


class Direct(Api):
    """No server: offers go to a peer that a session's rig stands behind."""

    def __init__(self, rig: Rig) -> None:
        super().__init__("http://localhost:1")
        self._executor = ThreadPoolExecutor(1)
        outlet = rig.stand("egress").outlets["mic"]
        counts = MicrophoneCounts(CollectorRegistry())
        self.channel = EventChannel("s")
        microphone = Microphone(outlet, counts, asyncio.get_running_loop())
        back = ReturnPath(microphone, self.channel)
        self.peer = Peer(SIZE, MediaOptions(), lambda state: None, self._executor, back=back)

    async def offer(self, sdp: str) -> tuple[str, SessionId]:
        self.peer.play(0, tone(0), picture(0), repeat=False)
        answer, _ = await self.peer.answer(sdp, "offer")
        return answer, "s"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.peer.close()
        self._executor.shutdown()
        self.close()


def test_a_call_speaks_and_follows_events() -> None:
    async def story() -> None:
        with Rig() as rig:
            inlet = rig.inlet("mic")
            async with (
                Direct(rig) as api,
                ClientSession(api, listens=False, speaks=True, follows=True) as session,
            ):
                assert session.voice is not None
                assert session.news is not None
                await read(inlet, "sound")
                session.voice.say(vowel(0.3), 0)
                heard = [(await read(inlet, "sound"))[1] for _ in range(30)]
                said = vowel(0.3).astype(np.float32) / np.float32(32768)
                assert delay(np.concatenate(heard), said)[1] > 0.8
                wait = asyncio.ensure_future(session.news.next(is_end, PATIENCE))
                for number, status in enumerate(("start", "end", "state"), 1):
                    api.channel.tell(f'{{"id":{number},"status":"{status}"}}')
                end = await wait
                assert end is not None
                assert end.event["id"] == 2
                assert [told.event["id"] for told in session.news.told][:2] == [1, 2]

    told(story())


def is_end(told: ReceivedEvent) -> bool:
    event: Mapping[str, Any] = told.event
    return bool(event["status"] == "end")


def test_a_call_neither_speaks_nor_follows_unless_it_is_asked_to() -> None:
    async def story() -> None:
        with Rig() as rig:
            inlet = rig.inlet("mic")
            async with Direct(rig) as api, ClientSession(api, listens=False) as session:
                assert (session.voice, session.news) == (None, None)
                assert session.pictures.arrivals
                assert inlet.take() is None

    told(story())
