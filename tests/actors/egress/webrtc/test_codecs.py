"""The encoders, alone: size, content, delay, keyframes and bitrate."""

import os
from typing import Literal

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from actors.egress.encoder_frame import EncoderFrame
from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.sink import Picture
from actors.egress.webrtc.codecs import PictureEncoder, open_encoder
from actors.egress.webrtc.opus import SETTLED, OpusEncoder
from data.units import PLAYOUT_CHUNK, PLAYOUT_RATE, PLAYOUT_TICK, TICKS_PER_SECOND
from perf.client.opus_packet import length_ms
from tests.actors.egress.webrtc.scenes import SIZE, noise, picture, pitch, psnr, tone

CODECS: list[VideoCodec] = ["h264", "vp8"]
DECODERS: dict[VideoCodec, Literal["h264", "libvpx"]] = {"h264": "h264", "vp8": "libvpx"}
ODD_SIZES = [(192, 128), (450, 450), (130, 98), (512, 512)]


def picture_decoder(codec: VideoCodec) -> VideoCodecContext:
    decoder = av.CodecContext.create(DECODERS[codec], "r")
    assert isinstance(decoder, VideoCodecContext)
    return decoder


def encode(
    encoder: PictureEncoder,
    shown: Picture,
    tick: int,
    *,
    keyframe: bool = False,
    bitrate: int = 1_000_000,
) -> tuple[bytes, bool]:
    canvas = EncoderFrame((shown.shape[1], shown.shape[0] * 2 // 3))
    canvas.fill(shown)
    return encoder.encode(canvas.frame, tick, keyframe=keyframe, bitrate=bitrate)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", ODD_SIZES)
def test_every_picture_comes_out_at_once_and_looks_like_what_went_in(
    codec: VideoCodec, size: tuple[int, int]
) -> None:
    encoder = open_encoder(codec, size, MediaOptions())
    decoder = picture_decoder(codec)
    for tick in range(8):
        shown = picture(tick, size)
        coded, keyframe = encode(encoder, shown, tick)
        assert keyframe == (tick == 0)
        (frame,) = decoder.decode(av.Packet(coded))
        assert (frame.width, frame.height) == size
        assert psnr(frame.to_ndarray(), shown) > 30


@pytest.mark.parametrize("codec", CODECS)
def test_a_keyframe_comes_when_asked_for_and_not_otherwise(codec: VideoCodec) -> None:
    encoder = open_encoder(codec, SIZE, MediaOptions())
    kinds = [encode(encoder, picture(t), t, keyframe=t in (9, 20))[1] for t in range(30)]
    assert [t for t, keyframe in enumerate(kinds) if keyframe] == [0, 9, 20]


@pytest.mark.parametrize("codec", CODECS)
def test_a_keyframe_can_be_decoded_with_nothing_before_it(codec: VideoCodec) -> None:
    encoder = open_encoder(codec, SIZE, MediaOptions())
    coded = [encode(encoder, picture(t), t, keyframe=t == 5)[0] for t in range(6)]
    (frame,) = picture_decoder(codec).decode(av.Packet(coded[5]))
    assert psnr(frame.to_ndarray(), picture(5)) > 30


def rates(codec: VideoCodec, plan: list[int]) -> tuple[list[float], list[int]]:
    """Encode noise, four seconds for each bitrate of the plan; the last two are measured."""
    encoder = open_encoder(codec, SIZE, MediaOptions())
    measured, keyframes, tick = [], [], 0
    for bitrate in plan:
        sizes = []
        for _ in range(4 * TICKS_PER_SECOND):
            coded, keyframe = encode(encoder, noise(tick), tick, bitrate=bitrate)
            sizes.append(len(coded))
            keyframes += [tick] if keyframe else []
            tick += 1
        measured.append(sum(sizes[-2 * TICKS_PER_SECOND :]) * 8 / 2)
    return measured, keyframes


def test_h264_follows_the_bitrate_both_ways_without_a_keyframe() -> None:
    plan = [1_000_000, 500_000, 2_500_000, 800_000]
    measured, keyframes = rates("h264", plan)
    assert measured == pytest.approx(plan, rel=0.25)
    assert keyframes == [0]


def test_vp8_follows_the_bitrate_with_one_keyframe_a_change() -> None:
    plan = [2_000_000, 1_000_000, 2_500_000]
    measured, keyframes = rates("vp8", plan)
    assert measured == pytest.approx(plan, rel=0.3)
    assert keyframes == [0, 100, 200]


def test_vp8_reopens_at_most_every_two_seconds_for_the_bitrate_alone() -> None:
    encoder = open_encoder("vp8", SIZE, MediaOptions())
    wanted = [400_000 if tick % 2 else 1_000_000 for tick in range(130)]
    kinds = [encode(encoder, picture(t), t, bitrate=wanted[t])[1] for t in range(130)]
    assert [t for t, keyframe in enumerate(kinds) if keyframe] == [0, 51, 102]


def test_h264_is_constrained_baseline_and_says_how_its_colours_are_meant() -> None:
    encoder = open_encoder("h264", SIZE, MediaOptions())
    coded, _ = encode(encoder, picture(0), 0)
    sps = coded[coded.index(b"\x00\x00\x01\x67") + 3 :]
    assert sps[1] == 66 and sps[2] & 0xC0 == 0xC0
    (frame,) = av.CodecContext.create("h264", "r").decode(av.Packet(coded))
    assert (int(frame.colorspace), int(frame.color_range)) == (6, 1)


def test_a_canvas_refuses_odd_sizes_and_pictures_of_another_shape() -> None:
    with pytest.raises(ValueError, match="even"):
        EncoderFrame((191, 128))
    with pytest.raises(ValueError, match=r"\(192, 192\)"):
        EncoderFrame(SIZE).fill(picture(0, (192, 96)))


def decode_sound(packets: list[bytes]) -> np.ndarray:
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout, decoder.format = PLAYOUT_RATE, "mono", "s16"
    frames = [frame for coded in packets for frame in decoder.decode(av.Packet(coded))]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float64)


def test_opus_keeps_a_tone_without_gaps() -> None:
    encoder = OpusEncoder(48_000)
    packets = []
    for tick in range(25):
        sound = tone(tick)
        for half in range(2):
            packets.append(encoder.encode(sound[half * PLAYOUT_CHUNK :][:PLAYOUT_CHUNK]))
    heard = decode_sound(packets)
    assert len(heard) == 25 * PLAYOUT_TICK
    assert pitch(heard[PLAYOUT_TICK:]) == pytest.approx(440, abs=2)
    loudness = np.sqrt(np.mean(heard[PLAYOUT_TICK:].reshape(-1, PLAYOUT_CHUNK) ** 2, axis=1))
    assert loudness.min() > 0.7 * 8000 / np.sqrt(2)


def test_silence_stays_silent_through_opus() -> None:
    encoder = OpusEncoder(48_000)
    silence = np.zeros(PLAYOUT_CHUNK, np.int16)
    packets = [encoder.encode(silence) for _ in range(100)]
    assert np.abs(decode_sound(packets)).max() <= 2
    assert max(map(len, packets)) < 60


def test_lasting_silence_is_one_packet_and_sound_after_it_is_heard_at_once() -> None:
    encoder = OpusEncoder(48_000)
    decoder = av.CodecContext.create("libopus", "r")
    silence = np.zeros(PLAYOUT_CHUNK, np.int16)
    packets = [encoder.encode(silence) for _ in range(100)]
    assert len(set(packets[SETTLED:])) == 1
    loud = (9_000 * np.sin(2 * np.pi * 440 * np.arange(PLAYOUT_CHUNK) / 48_000)).astype(np.int16)
    packets += [encoder.encode(loud) for _ in range(3)]
    heard = [
        np.abs(frame.to_ndarray().astype(float)).max()
        for packet in packets
        for frame in decoder.decode(av.Packet(packet))
    ]
    full = heard[-1]
    assert max(heard[50:98]) < full / 100
    assert heard[-2] > full / 2


def test_sound_that_corrects_has_the_packet_before_in_it() -> None:
    """RFC 6716 section 4.2.4: the LBRR flag of SILK, which only it and hybrid packets have."""
    encoder = OpusEncoder(48_000, corrects=True)
    packets = [encoder.encode(tone(7)[:PLAYOUT_CHUNK]) for _ in range(10)]
    assert all(packet[0] >> 3 < 16 for packet in packets), "none is of CELT alone"


def test_two_chunks_of_lasting_silence_are_one_packet() -> None:
    encoder = OpusEncoder(48_000)
    silence = np.zeros(PLAYOUT_CHUNK, np.int16)
    while not encoder.rests:
        encoder.encode(silence)
    packet = encoder.rest(PLAYOUT_TICK)
    assert length_ms(packet) == 40.0
    heard = decode_sound([packet, encoder.encode(silence), packet])
    assert len(heard) == 5 * PLAYOUT_CHUNK
    assert np.abs(heard).max() <= 2
    with pytest.raises(ValueError, match="2880"):
        encoder.rest(3 * PLAYOUT_CHUNK)


@pytest.mark.parametrize("corrects", [False, True])
def test_packets_are_those_of_ffmpeg(corrects: bool) -> None:
    """The same library with the same settings, without what FFmpeg puts around it."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = PLAYOUT_RATE, "mono", "s16"
    context.bit_rate = 48_000
    correcting = {"application": "voip", "fec": "1", "packet_loss": "10"}
    context.options = {
        **(correcting if corrects else {"application": "audio"}),
        "frame_duration": "20",
        "vbr": "on",
        "compression_level": "5",
    }
    encoder = OpusEncoder(48_000, corrects=corrects)
    for tick in range(20):
        frame = av.AudioFrame.from_ndarray(tone(tick)[None, :PLAYOUT_CHUNK], "s16", "mono")
        frame.sample_rate, frame.pts = PLAYOUT_RATE, tick * PLAYOUT_CHUNK
        (packet,) = context.encode(frame)
        assert encoder.encode(tone(tick)[:PLAYOUT_CHUNK]) == bytes(packet)


def test_sound_is_encoded_without_a_thread_of_its_own() -> None:
    """FFmpeg would give each session's sound a thread for each core."""
    before, cores = threads(), os.sched_getaffinity(0)
    encoders = [OpusEncoder(48_000) for _ in range(3)]
    for encoder in encoders:
        encoder.encode(tone(0)[:PLAYOUT_CHUNK])
    assert threads() == before
    assert os.sched_getaffinity(0) == cores


def threads() -> int:
    """Of this process; not only Python's."""
    return len(os.listdir("/proc/self/task"))
