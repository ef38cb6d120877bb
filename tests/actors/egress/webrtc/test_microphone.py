"""A microphone's packets, by a script of what networks do, and the frames in the ring."""

import itertools
import random
from collections.abc import Iterator

import numpy as np
import pytest
from aiortc.rtp import RtpPacket

from data.units import FEATURE_CHUNK, PLAYOUT_CHUNK
from tests.actors.egress.webrtc.voice import Listening, coded, delay, narrow, packet, voice
from tests.actors.session_rig import Rig

LOSS = 0.05


@pytest.fixture
def it() -> Iterator[Listening]:
    with Rig() as rig:
        yield Listening(rig)


def stream(sound: np.typing.NDArray[np.int16]) -> list[RtpPacket]:
    return [packet(number, payload) for number, payload in enumerate(coded(sound))]


def test_each_packet_is_a_frame_at_once_and_sounds_as_it_was_said(it: Listening) -> None:
    said = voice(5)
    for number, one in enumerate(stream(said)):
        it.take([one])
        assert it.numbers == list(range(number + 1))
    lag, likeness = delay(it.sound, narrow(said))
    assert likeness > 0.95
    assert lag < 160, "Opus's own delay of 6.5 ms, and 1 ms"
    assert it.counted("packets", "heard") == it.counted("frames", "written") == len(it.frames)


def test_lost_and_swapped_packets_leave_no_hole(it: Listening) -> None:
    said = voice(25)
    fate = random.Random(7)
    sent = stream(said)
    kept = [sent[0], *(one for one in sent[1:-1] if fate.random() > LOSS), sent[-1]]
    swapped = 0
    for at in range(5, len(kept) - 5, 9):
        kept[at], kept[at + 1] = kept[at + 1], kept[at]
        swapped += 1
    it.take(kept)
    lost = len(sent) - len(kept)
    assert lost > 10
    assert swapped > 20
    assert it.numbers == list(range(len(sent)))
    assert it.counted("packets", "lost") == lost
    assert it.counted("packets", "late") == 0
    lag, likeness = delay(it.sound, narrow(said))
    assert lag < 160
    assert likeness > 0.9


def test_a_lost_packet_in_a_vowel_is_concealed(it: Listening) -> None:
    sent = stream(voice(1))
    del sent[15]
    it.take(sent)
    levels = [float(np.abs(frame).max()) for frame in it.frames]
    assert len(levels) == len(sent) + 1
    assert levels[15] > 0.5 * levels[14]
    steps = np.abs(np.diff(np.concatenate(it.frames[14:17])))
    assert steps[FEATURE_CHUNK - 1] < steps.max(), "no click where it begins"


def test_what_is_made_up_fades(it: Listening) -> None:
    sent = stream(voice(2))
    it.take(sent[:30])
    it.take(sent[36:])
    assert it.numbers == list(range(len(sent)))
    levels = [float(np.abs(frame).max()) for frame in it.frames[30:36]]
    assert levels[0] > 2 * levels[4]
    assert levels[5] == 0, "one packet more than is made up for"


def test_silence_that_is_not_sent_is_silence_in_the_ring(it: Listening) -> None:
    """DTX: numbers go on, times leap (RFC 7587 section 3.1.3)."""
    said = coded(voice(1))
    first = [packet(number, payload) for number, payload in enumerate(said)]
    count = len(said)
    pause = 20
    it.take(first)
    assert all(it.loud()[-5:])
    it.pause(0.4)
    later = [
        packet(count + number, payload, timestamp=(count + pause + number) * PLAYOUT_CHUNK)
        for number, payload in enumerate(said)
    ]
    it.take(later, seconds=0.0)
    assert it.numbers == list(range(2 * count + pause))
    assert not any(it.loud()[count + 1 : count + pause])


def test_a_client_that_falls_silent_is_continued_for_a_while_and_then_costs_nothing(
    it: Listening,
) -> None:
    sent = stream(voice(2))
    half = len(sent) // 2
    it.take(sent[:half])
    it.pause(10.0)
    assert it.numbers == list(range(half + 100))
    assert not it.clock.timers
    fired = it.clock.fired
    it.pause(60.0)
    assert (it.clock.fired, len(it.frames)) == (fired, half + 100)
    behind = [
        packet(half + number, one.payload, timestamp=(half + 3500 + number) * PLAYOUT_CHUNK)
        for number, one in enumerate(sent[half:])
    ]
    it.take(behind)
    assert it.numbers[half + 100 :] == list(range(half + 3500, 2 * half + 3500))


def test_sound_that_comes_after_its_silence_is_still_heard(it: Listening) -> None:
    """A network that stands still for a third of a second and then brings all at once."""
    said = voice(3)
    sent = stream(said)
    it.take(sent[:30])
    it.pause(0.3)
    filled = len(it.frames) - 30
    assert filled in (14, 15)
    it.take(sent[30:45], seconds=0.0)
    it.take(sent[45:])
    assert it.numbers == list(range(len(sent) + filled))
    rest = np.concatenate(it.frames[30 + filled :])
    assert delay(rest, narrow(said)[30 * FEATURE_CHUNK :])[1] > 0.9


def test_a_full_ring_drops_the_newest_and_counts(it: Listening) -> None:
    sent = stream(voice(5))
    for one in sent:
        it.clock.turn(0.02)
        it.microphone.take(one, 1)
    it.read()
    written, dropped = it.counted("frames", "written"), it.counted("frames", "dropped")
    assert written is not None
    assert dropped is not None
    assert it.numbers == list(range(int(written)))
    assert written + dropped == len(sent)
    assert dropped > 0
    it.take([packet(len(sent), sent[-1].payload)])
    assert it.numbers[-1] == len(sent)


def test_what_is_no_opus_is_a_hole_and_nothing_worse(it: Listening) -> None:
    sent = stream(voice(2))
    for at, payload in ((10, b""), (20, b"\xff"), (21, b"\x03" + b"\xff" * 40)):
        sent[at] = packet(at, payload)
    it.take(sent)
    assert it.counted("packets", "broken") == 3
    assert it.numbers == list(range(len(sent)))


def test_a_client_that_begins_a_new_stream_is_heard_on(it: Listening) -> None:
    sent = stream(voice(1))
    other = [packet(number + 9000, one.payload) for number, one in enumerate(sent)]
    for one in other:
        one.ssrc += 1
    it.take(itertools.chain(sent, other))
    assert it.numbers == list(range(2 * len(sent)))


def test_closing_stops_everything(it: Listening) -> None:
    sent = stream(voice(1))
    it.take(sent[:5])
    it.take(sent[6:7])
    assert len(it.clock.timers) == 2
    it.microphone.close()
    assert not it.clock.timers
    it.take(sent[7:])
    assert len(it.frames) == 5
