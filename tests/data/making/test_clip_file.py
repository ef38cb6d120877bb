"""Only what a clip's own file holds is read, and no more of it than is sane."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from data.making import clip_file
from data.making.clip_container import demuxer_of, foreign_file
from data.making.errors import CannotMake
from data.making.source import VideoSource
from data.units import TICKS_PER_SECOND

CONTAINERS = {
    "a.mp4": ("libx264", "mov"),
    "a.mov": ("libx264", "mov"),
    "a.mkv": ("libx264", "matroska"),
    "a.webm": ("libvpx-vp9", "matroska"),
    "a.avi": ("mpeg4", "avi"),
    "a.ts": ("libx264", "mpegts"),
    "a.mpg": ("mpeg2video", "mpeg"),
    "a.flv": ("libx264", "flv"),
    "a.ogv": ("libvpx", "ogg"),
    "a.wmv": ("wmv2", "asf"),
    "a.gif": ("gif", "gif"),
    "a.y4m": ("wrapped_avframe", "yuv4mpegpipe"),
}


def write(path: Path, codec: str = "libx264", pix_fmt: str = "yuv420p", count: int = 15) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=TICKS_PER_SECOND)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "rgb8" if codec == "gif" else pix_fmt
        for number in range(count):
            grey = np.full((48, 64, 3), 100 + number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="bgr24")))
        container.mux(stream.encode())
    return path


def pictures(path: Path) -> int:
    return len(list(VideoSource(path).pictures()))


@pytest.mark.parametrize("name", CONTAINERS)
def test_usual_clips_are_read_whatever_their_name(name: str, tmp_path: Path) -> None:
    codec, demuxer = CONTAINERS[name]
    path = write(tmp_path / name, codec)
    assert demuxer_of(path.read_bytes()[:1024]) == demuxer
    assert pictures(path.rename(tmp_path / "clip.jpg")) >= 13


def nested(name: str) -> dict[str, bytes]:
    """Files that would have FFmpeg read `name`, beside them."""
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" minBufferTime="PT1S" '
        f'mediaPresentationDuration="PT1S"><Period><AdaptationSet><Representation id="0" '
        f'bandwidth="1"><BaseURL>{name}</BaseURL></Representation></AdaptationSet></Period></MPD>'
    )
    return {
        "hls.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{name}\n".encode(),
        "hls.mp4": f"\n#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{name}\n".encode(),
        "bom.m3u8": f"\ufeff#EXTM3U\n#EXTINF:1,\n{name}\n".encode(),
        "script.ffconcat": f"ffconcat version 1.0\nfile {name}\n".encode(),
        "script.txt": f"file '{name}'\n".encode(),
        "dash.mpd": dash.encode(),
        "stream.sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n",
        "list.pls": f"[playlist]\nFile1={name}\n".encode(),
        "ref.asx": f"<asx version='3.0'><ref href='{name}'/></asx>".encode(),
        "ref.wvx": f"[Reference]\nRef1={name}\n".encode(),
        "list.txt": f"file:{name}\n".encode(),
    }


@pytest.mark.parametrize("kind", nested(""))
def test_a_file_that_names_another_one_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    neighbour = write(tmp_path / "neighbour.ts", count=30)
    path = tmp_path / kind
    path.write_bytes(nested(neighbour.name)[kind])
    with pytest.raises(CannotMake, match=f"{kind}: there is no video in it, it is .*Allowed: MP4"):
        pictures(path)


def test_a_pattern_of_names_is_a_name(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path / f"f{number:02d}.png", "png", "rgb24", 1)
    (tmp_path / "f%02d.png").write_bytes(b"")
    with pytest.raises(CannotMake, match="cannot be read as a video"):
        pictures(tmp_path / "f%02d.png")


def test_a_movie_whose_samples_lie_in_another_file_reads_none(tmp_path: Path) -> None:
    neighbour = write(tmp_path / "neighbour.mp4")
    data = bytearray(neighbour.read_bytes())
    at = data.index(b"dref")  # version, count, then one entry: size, "url ", flags 1: in this file
    entry = data.index(b"url ", at)
    data[entry : entry + 4] = b"alis"
    data[entry + 7] = 0
    path = tmp_path / "reference.mp4"
    path.write_bytes(data[: data.index(b"mdat") - 4] + data[data.index(b"moov") - 4 :])
    with pytest.raises(CannotMake):
        pictures(path)


def test_a_claimed_size_is_refused_before_anything_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.mp4")
    monkeypatch.setattr(clip_file, "MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(CannotMake, match="claims pictures of"):
        pictures(path)


def test_a_decoder_keeps_the_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.mkv")
    monkeypatch.setattr(clip_file, "_LIMITS", {"max_pixels": str(64 * 48 - 1)})
    with pytest.raises(CannotMake, match="cannot be read as a video"):
        pictures(path)


def test_pixels_that_are_no_squares_are_seen_as_such(tmp_path: Path) -> None:
    path = tmp_path / "wide.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=TICKS_PER_SECOND)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        for _ in range(15):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    assert next(iter(VideoSource(path).pictures())).seen.shape == (48, 128, 3)


def test_other_bytes_are_nothing() -> None:
    assert demuxer_of(b"") is demuxer_of(b"G" * 3) is demuxer_of(bytes(1024)) is None
    assert foreign_file(b"hello") is None
    assert foreign_file(b"  <MPD>") == "a DASH manifest (mpd)"
