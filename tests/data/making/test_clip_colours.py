"""A colour comes out as it was filmed, however the clip codes and tags it."""

from pathlib import Path

import numpy as np
import pytest

from data.making.clip_colours import ClipColours, has_alpha
from data.making.source import VideoSource
from tests.data.making.tagged_clips import HLG, PQ, SDR, Tags, frame_of, write_tagged

SKINS = ((200, 150, 120), (120, 80, 60), (226, 180, 160))
OTHERS = ((0, 0, 0), (128, 128, 128), (200, 30, 20), (20, 60, 200), (70, 150, 90))
WAYS = {
    "HLG": HLG,
    "HLG of which only the transfer is told": Tags("hlg", "bt2020", "bt2020", (2, 18, 2), bits=10),
    "PQ": PQ,
    "PQ in full range": Tags("pq", "bt2020", "bt2020", (9, 16, 9), bits=10, full=True),
    "PQ with P3's primaries": Tags("pq", "p3", "bt2020", (9, 16, 12), bits=10),
    "HLG with BT.709's primaries": Tags("hlg", "bt709", "bt709", (1, 18, 1), bits=10),
    "BT.2020 SDR": Tags("sdr", "bt2020", "bt2020", (9, 14, 9), bits=10),
    "Display P3": Tags("sdr", "p3", "bt709", (1, 13, 12)),
    "DCI P3": Tags("sdr", "p3", "bt709", (1, 1, 11), bits=10),
    "BT.709 of 10 bits": Tags("sdr", "bt709", "bt709", (1, 1, 1), bits=10),
    "BT.709": SDR,
    "BT.709 in full range": Tags("sdr", "bt709", "bt709", (1, 1, 1), full=True),
    "BT.601 (525 lines)": Tags("sdr", "bt709", "bt601", (6, 6, 6)),
    "BT.601 (625 lines)": Tags("sdr", "bt709", "bt601", (5, 6, 5)),
    "BT.601 in full range": Tags("sdr", "bt709", "bt601", (5, 2, 2), full=True),
    "nothing told, small": Tags("sdr", "bt709", "bt601", (2, 2, 2)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_colour_comes_back(way: str) -> None:
    with ClipColours() as colours:
        for rgb in (*SKINS, *OTHERS):
            seen = colours.picture(frame_of(rgb, WAYS[way]), (64, 48))
            assert seen.shape == (48, 64, 3)
            np.testing.assert_allclose(seen[20, 20, ::-1], rgb, atol=3, err_msg=f"{rgb}")


def test_a_large_clip_that_tells_nothing_is_bt709() -> None:
    untold = Tags("sdr", "bt709", "bt709", (2, 2, 2))
    for size in ((1280, 720), (720, 1280)):
        with ClipColours() as colours:
            seen = colours.picture(frame_of((200, 30, 20), untold, size), (64, 48))
        np.testing.assert_allclose(seen[20, 20, ::-1], (200, 30, 20), atol=3)


@pytest.mark.parametrize("tags", [HLG, PQ])
def test_what_is_brighter_than_white_keeps_its_order_and_hue(tags: Tags) -> None:
    brightness = (150, 200, 240, 255, 300, 340)
    with ClipColours() as colours:
        seen = [
            colours.picture(frame_of((level, level, round(level * 0.8)), tags), (64, 48))[9, 9]
            for level in brightness
        ]
    greens = [int(pixel[1]) for pixel in seen]
    assert greens == sorted(set(greens)), "each is brighter than the one before"
    assert greens[3] > 235
    assert greens[-1] <= 255
    assert all(pixel[0] < pixel[1] for pixel in seen), "yellow stays yellow"


@pytest.mark.parametrize(
    ("name", "tags", "codec"),
    [
        ("hlg.mov", HLG, "libx265"),
        ("pq.mkv", PQ, "libx265"),
        ("ten.mp4", Tags("sdr", "bt709", "bt709", (1, 1, 1), bits=10), "libx264"),
        ("pal.avi", Tags("sdr", "bt709", "bt601", (5, 6, 5)), "libx264"),
    ],
)
def test_a_clip_in_a_file_comes_back(name: str, tags: Tags, codec: str, tmp_path: Path) -> None:
    path = write_tagged(tmp_path / name, (200, 150, 120), tags, codec)
    pictures = list(VideoSource(path).pictures())
    assert len(pictures) == 15
    for picture in pictures:
        np.testing.assert_allclose(picture.seen[20, 20, ::-1], (200, 150, 120), atol=5)


def test_a_clip_whose_tags_change_is_followed() -> None:
    with ClipColours() as colours:
        for tags in (SDR, HLG, SDR):
            seen = colours.picture(frame_of((200, 150, 120), tags), (64, 48))
            np.testing.assert_allclose(seen[20, 20, ::-1], (200, 150, 120), atol=3)


def test_alpha_is_known_by_the_format() -> None:
    assert not has_alpha(frame_of((1, 2, 3), SDR))
