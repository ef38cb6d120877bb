"""Videos come out at one picture a tick, upright and no larger than 1080p; or say why not."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.making.errors import CannotMake
from data.making.source import VideoSource, fit, is_photo, read_photo

Picture = NDArray[np.uint8]
WriteClip = Callable[[Path, Iterable[Picture], int], Path]


def greys(count: int) -> list[Picture]:
    return [np.full((64, 96, 3), 30 + 3 * number, np.uint8) for number in range(count)]


@pytest.mark.parametrize("rate", [15, 25, 30, 60])
def test_a_video_has_25_pictures_a_second(rate: int, write_clip: WriteClip, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", greys(rate), rate)
    pictures = [picture.seen for picture in VideoSource(path).pictures()]
    assert abs(len(pictures) - 25) <= 1
    seen = np.array([float(picture.mean()) for picture in pictures[:25]])
    wanted = 3 * np.floor(np.arange(len(seen)) / 25 * rate + 0.01)
    np.testing.assert_allclose(seen - seen[0], wanted, atol=2)


def test_a_source_can_be_gone_through_twice(write_clip: WriteClip, tmp_path: Path) -> None:
    source = VideoSource(write_clip(tmp_path / "a.mp4", greys(20), 25))
    for one, other in zip(source.pictures(), source.pictures(), strict=True):
        np.testing.assert_array_equal(one.seen, other.seen)


def test_too_short_and_too_long_are_said(write_clip: WriteClip, tmp_path: Path) -> None:
    source = VideoSource(write_clip(tmp_path / "a.mp4", greys(5), 25))
    with pytest.raises(CannotMake, match=r"holds 0\.20 s of video"):
        list(source.pictures())
    source = VideoSource(write_clip(tmp_path / "b.mp4", greys(40), 25), most_seconds=1)
    assert source.expected == 25
    with pytest.raises(CannotMake, match="longer than 1 s"):
        next(source.pictures())


def test_a_clip_cut_to_the_second_may_end_some_frames_later(
    write_clip: WriteClip, tmp_path: Path
) -> None:
    source = VideoSource(write_clip(tmp_path / "a.mp4", greys(27), 25), most_seconds=1)
    assert len(list(source.pictures())) == 27


def test_what_is_no_video_is_said(tmp_path: Path) -> None:
    for name, content in (("empty.mp4", b""), ("text.mp4", b"hello" * 100)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CannotMake, match=f"{name}: cannot be read as a video"):
            list(VideoSource(tmp_path / name).pictures())


def test_a_sound_without_pictures_is_said(tmp_path: Path) -> None:
    import soundfile  # noqa: PLC0415 - only here

    soundfile.write(tmp_path / "a.wav", np.zeros(16000), 16000)
    with pytest.raises(CannotMake, match="there is no video in it"):
        list(VideoSource(tmp_path / "a.wav").pictures())


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((640, 480), (640, 480)),
        ((641, 481), (640, 480)),
        ((3840, 2160), (1920, 1080)),
        ((2160, 3840), (1080, 1920)),
        ((3000, 3000), (1080, 1080)),
    ],
)
def test_pictures_fit_into_1080p(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    got = fit(np.zeros((size[1], size[0], 3), np.uint8))
    assert (got.shape[1], got.shape[0]) == fitted


def test_a_photo_is_read_or_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.JPG"), np.full((51, 60, 3), 90, np.uint8))
    assert is_photo(tmp_path / "a.JPG")
    assert read_photo(tmp_path / "a.JPG").shape == (50, 60, 3)
    (tmp_path / "b.png").write_bytes(b"nothing")
    with pytest.raises(CannotMake, match=r"b\.png: cannot be read as a picture"):
        read_photo(tmp_path / "b.png")
