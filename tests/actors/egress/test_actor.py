"""egress between its ring and a file, and what it answers."""

import asyncio
from pathlib import Path

import av
import numpy as np
import pytest

from actors.egress.actor import ENCODERS, Egress
from data.units import PLAYOUT_CHUNK, PLAYOUT_TICK, TICKS_PER_SECOND
from runtime.control_words import ControlWord
from runtime.errors import BadOffer, UnknownSession
from runtime.layouts import Flag, Stage
from runtime.messages import CaptionCue, Done, ReadMetrics, SdpAnswer, SdpOffer, SendEvent
from runtime.ports import Outlet
from tests.actors.egress.webrtc.client import Client
from tests.actors.egress.webrtc.voice import coded, voice
from tests.actors.session_rig import NO_FLAGS, Lent, Rig, marked, read, told, turn

TICKS = 2 * TICKS_PER_SECOND + 3


async def show(
    pictures: Outlet, tick: int, utterance: int = 0, flags: Flag = NO_FLAGS, luma: int = 128
) -> None:
    slot = await pictures.room()
    slot["picture"] = luma
    slot["sound"] = 1000 if utterance else 0
    pictures.publish(slot, marked(utterance=utterance, flags=flags, tick=tick, seen=1))


def test_a_recording_is_written_and_told_of(tmp_path: Path) -> None:
    path = tmp_path / "said.mp4"

    async def story() -> None:
        lent = Lent(tmp_path)
        egress = Egress(lent.context)
        await egress.start()
        with Rig(live=False, record=path) as rig:
            pictures = rig.outlet("picture")
            await egress.open(rig.stand("egress"))
            for tick in range(TICKS):
                flags = {1: Flag.FIRST, 3: Flag.LAST, TICKS - 1: Flag.FINAL}.get(tick, Flag(0))
                await show(pictures, tick, int(1 <= tick <= 3), flags)
            finished = await lent.until("finished")
            assert finished.tick == TICKS - 1
            assert path.exists(), "the file is there when the event says so"
            assert rig.control.load(ControlWord.PLAYOUT_TICK) == TICKS - 1
            await egress.close("s")
        await egress.stop()
        told_of = [(event.kind, event.tick) for event in lent.events]
        assert told_of == [
            ("progress", 0),
            ("start", 1),
            ("end", 3),
            ("progress", TICKS_PER_SECOND),
            ("progress", 2 * TICKS_PER_SECOND),
            ("finished", TICKS - 1),
        ]
        ticks = lent.registry.get_sample_value
        assert ticks("ringtalk_ticks_total", {"kind": "spoken"}) == 3
        assert ticks("ringtalk_ticks_total", {"kind": "idle"}) == TICKS - 3

    told(story())
    with av.open(str(path)) as file:
        assert sum(1 for _ in file.decode(video=0)) == TICKS
        file.seek(0)
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert samples == pytest.approx(TICKS * PLAYOUT_TICK, abs=2048)
    assert [entry.name for entry in tmp_path.iterdir()] == ["said.mp4"]


def test_ticks_without_a_new_picture_show_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "said.mp4"

    async def story() -> None:
        lent = Lent(tmp_path)
        egress = Egress(lent.context)
        with Rig(live=False, record=path) as rig:
            pictures = rig.outlet("picture")
            await egress.open(rig.stand("egress"))
            await show(pictures, 0, luma=180)
            await show(pictures, 1, flags=Flag.SOUND_ONLY, luma=20)
            await show(pictures, 2, flags=Flag.REPEAT, luma=20)
            await show(pictures, 3, flags=Flag.FINAL, luma=180)
            await lent.until("finished")
            await egress.close("s")
        await egress.stop()

    told(story())
    with av.open(str(path)) as file:
        levels = [float(np.mean(frame.to_ndarray()[:32])) for frame in file.decode(video=0)]
    assert levels == pytest.approx([180] * 4, abs=4)


def test_a_recording_that_is_closed_before_its_end_leaves_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        egress = Egress(Lent(tmp_path).context)
        with Rig(live=False, record=tmp_path / "said.mp4") as rig:
            pictures = rig.outlet("picture")
            await egress.open(rig.stand("egress"))
            for tick in range(20):
                await show(pictures, tick)
            await egress.close("s")
            await egress.close("s")
        await egress.stop()

    told(story())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "no folder" / "said.mp4"

    async def story() -> None:
        lent = Lent(tmp_path)
        egress = Egress(lent.context)
        with Rig(live=False, record=path) as rig:
            pictures = rig.outlet("picture")
            await egress.open(rig.stand("egress"))
            showing = asyncio.ensure_future(show_on(pictures))
            event = await lent.until("failed")
            assert str(path) in event.detail
            showing.cancel()
            await asyncio.wait([showing])
            await egress.close("s")
        await egress.stop()

    async def show_on(pictures: Outlet) -> None:
        for tick in range(10_000):
            await show(pictures, tick)

    told(story())


def test_a_flush_tells_of_the_interrupt_and_what_waits_is_not_played(tmp_path: Path) -> None:
    async def story() -> None:
        lent = Lent(tmp_path)
        egress = Egress(lent.context)
        with Rig() as rig:
            pictures = rig.outlet("picture")
            await egress.open(rig.stand("egress"))
            await show(pictures, 0, 4, Flag.FIRST)
            await lent.until("start")
            await show(pictures, 1, 4)
            await show(pictures, 2, 4, Flag.LAST)
            rig.control.advance()
            egress.flush("s")
            await turn(20)
            assert [event.kind for event in lent.events] == ["start", "interrupted"]
            assert rig.control.load(ControlWord.PLAYOUT_UTTERANCE) == 0
            assert rig.control.load(ControlWord.PLAYOUT_TICK) == 0
            assert rig.rings.counters()["picture"].dropped == 2
            await egress.close("s")
        await egress.stop()

    told(story())


def test_an_offer_is_for_a_call_and_must_be_one(tmp_path: Path) -> None:
    async def story() -> None:
        egress = Egress(Lent(tmp_path).context)
        with Rig() as rig, Rig("film", live=False, record=tmp_path / "x.mp4") as film:
            await egress.open(rig.stand("egress"))
            await egress.open(film.stand("egress"))
            with pytest.raises(BadOffer, match="no m=audio section"):
                await egress.handle(SdpOffer("s", "garbage", "offer"), [])
            with pytest.raises(UnknownSession, match="'nobody'"):
                await egress.handle(SdpOffer("nobody", "v=0", "offer"), [])
            with pytest.raises(UnknownSession, match="'film'"):
                await egress.handle(SdpOffer("film", "v=0", "offer"), [])
            with pytest.raises(TypeError, match="egress does not answer ReadMetrics"):
                await egress.handle(ReadMetrics(), [])
            await egress.close("s")
            await egress.close("film")
        await egress.stop()

    told(story())


def test_cues_are_told_as_their_frames_leave_and_forgotten_with_an_interrupt(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        lent = Lent(tmp_path)
        egress = Egress(lent.context)
        with Rig() as rig:
            pictures = rig.outlet("picture")
            await egress.open(rig.stand("egress"))
            for text, frame in (("Hello", 0), ("there", 1), ("you", 2)):
                cue = CaptionCue("s", 0, 4, frame, "word", text, 40 * frame, 40 * frame + 30)
                assert await egress.handle(cue, []) == Done()
            for frame in range(2):
                slot = await pictures.room()
                flags = NO_FLAGS if frame else Flag.FIRST
                mark = marked(utterance=4, flags=flags, tick=10 + frame, seen=1)
                pictures.publish(slot, mark._replace(frame=frame))
            while len(lent.events) < 3:
                lent.changed.clear()
                await lent.changed.wait()
            rig.control.advance()
            egress.flush("s")
            await egress.handle(CaptionCue("gone", 0, 1, 0, "word", "nobody", 0, 0), [])
            assert [(event.kind, event.text, event.tick) for event in lent.events] == [
                ("start", "", 10),
                ("word", "Hello", 10),
                ("word", "there", 11),
                ("interrupted", "", 11),
            ]
            assert (lent.events[2].start_ms, lent.events[2].end_ms) == (40, 70)
            assert all(event.at > 0 for event in lent.events)
            assert rig.control.load(ControlWord.HEARD_UTTERANCE) == 4
            assert rig.control.load(ControlWord.HEARD_FRAME) == 1
            await egress.close("s")
        await egress.stop()

    told(story())


def test_a_call_hears_its_client_and_tells_it(tmp_path: Path) -> None:
    async def story() -> None:
        egress = Egress(Lent(tmp_path).context)
        with Rig() as rig:
            inlet = rig.inlet("mic")
            await egress.open(rig.stand("egress"))
            client = Client(speaks=True, channels=["events"])
            answer = await egress.handle(SdpOffer("s", await client.offer(), "offer"), [])
            assert isinstance(answer, SdpAnswer)
            await client.accept(answer.sdp)
            await egress.handle(SendEvent("s", '{"id":1}'), [])
            await egress.handle(SendEvent("nobody", "{}"), [])
            await client.until(lambda: client.texts == ['{"id":1}'])
            for number, payload in enumerate(coded(voice(1))):
                client.voice.speak(payload, number * PLAYOUT_CHUNK)
                mark, _ = await read(inlet, "sound")
                assert (mark.tick, mark.epoch) == (number, 0)
                assert 0 < mark.stamps[Stage.EGRESS, 0] <= mark.stamps[Stage.EGRESS, 1]
                if number == 2:
                    rig.control.advance()  # an interrupt takes nothing of what a person says
            await client.close()
            await egress.close("s")
        await egress.stop()

    told(story())


def test_a_recording_has_no_way_back(tmp_path: Path) -> None:
    async def story() -> None:
        egress = Egress(Lent(tmp_path).context)
        with Rig("film", live=False, record=tmp_path / "x.mp4") as film:
            await egress.open(film.stand("egress"))
            assert await egress.handle(SendEvent("film", "{}"), []) == Done()
            await egress.close("film")
        await egress.stop()

    told(story())


def test_all_threads_are_there_before_the_first_session(tmp_path: Path) -> None:
    async def story() -> None:
        egress = Egress(Lent(tmp_path).context)
        await egress.start()
        assert len(egress._encoders._threads) == ENCODERS
        await egress.stop()

    told(story())
