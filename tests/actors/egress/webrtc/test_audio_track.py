"""The audio track: two packets a tick, silence after a hush."""

import asyncio

import av
import numpy as np
import pytest
import uvloop
from aiortc.mediastreams import MediaStreamError
from av.audio.codeccontext import AudioCodecContext

from actors.egress.packet_tap import SoundPacket
from actors.egress.webrtc.audio_track import PACKETS_MAX, AudioTrack
from actors.egress.webrtc.sound_rate import FULL, REDUCED
from data.units import PLAYOUT_CHUNK, PLAYOUT_RATE, PLAYOUT_TICK
from perf.client.opus_packet import length_ms
from tests.actors.egress.webrtc.scenes import tone


def decoder() -> AudioCodecContext:
    context = av.CodecContext.create("libopus", "r")
    context.sample_rate, context.layout, context.format = PLAYOUT_RATE, "mono", "s16"
    return context


def test_a_tick_is_two_packets_and_the_second_comes_later() -> None:
    async def body() -> None:
        track = AudioTrack(FULL)
        track.play(7, tone(7))
        assert len(track.packets) == 1
        times = [(await track.recv()).pts for _ in range(2)]
        assert times == [7 * PLAYOUT_TICK, 7 * PLAYOUT_TICK + PLAYOUT_CHUNK]
        track.close()

    uvloop.run(body())


def test_a_tick_that_comes_early_sends_the_half_that_waits_first() -> None:
    async def body() -> None:
        track = AudioTrack(FULL)
        track.play(0, tone(0))
        track.play(1, tone(1))
        times = [(await track.recv()).pts for _ in range(4)]
        assert times == [n * PLAYOUT_CHUNK for n in range(4)]
        track.close()

    uvloop.run(body())


def test_hush_silences_the_second_half_and_drops_what_nobody_took() -> None:
    async def body() -> None:
        track = AudioTrack(FULL)
        hears = decoder()
        for tick in range(5):
            track.play(tick, tone(tick))
            for _ in range(2):
                (frame,) = hears.decode(av.Packet(bytes(await track.recv())))
                assert np.abs(frame.to_ndarray()).max() > 5000 or tick == 0
        track.play(5, tone(5))
        track.hush()
        packet = await track.recv()
        assert packet.pts == 5 * PLAYOUT_TICK + PLAYOUT_CHUNK
        hears.decode(av.Packet(bytes(packet)))
        track.play(6, np.zeros(PLAYOUT_TICK, np.int16))
        (frame,) = hears.decode(av.Packet(bytes(await track.recv())))
        assert np.abs(frame.to_ndarray()).max() < 800
        track.close()

    uvloop.run(body())


def test_a_sender_that_takes_nothing_costs_no_memory() -> None:
    async def body() -> None:
        track = AudioTrack(FULL)
        for tick in range(50):
            track.play(tick, tone(tick))
            assert len(track.packets) <= PACKETS_MAX
        track.close()

    uvloop.run(body())


def test_close_sends_the_reader_away_and_stops_the_timer() -> None:
    async def body() -> None:
        track = AudioTrack(FULL)
        track.play(0, tone(0))
        await track.recv()
        reader = asyncio.ensure_future(track.recv())
        track.close()
        with pytest.raises(MediaStreamError):
            await reader
        track.play(1, tone(1))
        assert len(track.packets) == 0

    uvloop.run(body())


def test_a_tick_of_another_length_is_refused() -> None:
    async def body() -> None:
        track = AudioTrack(FULL)
        with pytest.raises(ValueError, match=r"\(960,\)"):
            track.play(0, np.zeros(960, np.int16))

    uvloop.run(body())


def test_on_a_narrow_way_a_tick_is_one_packet() -> None:
    async def body() -> None:
        copies: list[SoundPacket] = []
        track = AudioTrack(FULL, tap=copies.append)
        track.play(5, tone(5))
        track.use(REDUCED)
        track.play(6, tone(6))
        track.use(FULL)
        track.play(7, tone(7))
        packets = [await track.recv() for _ in range(4)]
        starts = [packet.pts for packet in packets]
        first = 5 * PLAYOUT_TICK
        assert starts == [first, first + PLAYOUT_CHUNK, first + 2 * PLAYOUT_CHUNK, 7 * PLAYOUT_TICK]
        assert [length_ms(bytes(packet)) for packet in packets] == [20.0, 20.0, 40.0, 20.0]
        assert [one.samples for one in copies] == [960, 960, 1920, 960]
        assert [(one.data, one.timestamp) for one in copies] == [
            (bytes(packet), packet.pts) for packet in packets
        ]
        track.close()

    uvloop.run(body())


def test_in_lasting_silence_a_tick_is_one_packet_and_sound_is_two_again_at_once() -> None:
    async def body() -> None:
        track, silence = AudioTrack(FULL), np.zeros(PLAYOUT_TICK, np.int16)
        hears, sent = decoder(), []
        for tick in range(20):
            track.play(tick, tone(tick) if tick in (0, 18) else silence)
            while len(track.packets):
                sent.append(await track.recv())
        track.close()
        lengths = [length_ms(bytes(packet)) for packet in sent]
        assert lengths == [20.0] * 14 + [40.0] * 11 + [20.0] * 3
        assert [packet.pts for packet in sent] == [
            *(n * PLAYOUT_CHUNK for n in range(14)),
            *(n * PLAYOUT_TICK for n in range(7, 18)),
            *(18 * PLAYOUT_TICK + n * PLAYOUT_CHUNK for n in range(3)),
        ]
        heard = [np.concatenate([f.to_ndarray()[0] for f in hears.decode(p)]) for p in sent]
        assert max(np.abs(part).max() for part in heard[14:25]) <= 2
        assert np.abs(heard[-2]).max() > 5000

    uvloop.run(body())
