"""Pictures that people bring: believed by their bytes only, stored anew, and not for ever."""

import asyncio
import os
import struct
import threading
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest

from data.backdrop import DEFAULT
from data.picture_file import decoded
from runtime.errors import (
    BadBackground,
    PictureTooLarge,
    RingtalkError,
    UnknownBackground,
    UnreadablePicture,
)
from server.sessions import background_store as module
from server.sessions.background_store import BackgroundStore


def a_picture(suffix: str = ".png", width: int = 40, height: int = 30, seed: int = 0) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.imencode(suffix, noise)[1].tobytes()


def keep(store: BackgroundStore, data: bytes, *used: str) -> str:
    return asyncio.run(store.keep(data, used))


def wanted(store: BackgroundStore, background: str) -> str:
    return asyncio.run(store.wanted(background))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".bmp"])
def test_a_picture_is_stored_anew_and_found_by_its_id(tmp_path: Path, suffix: str) -> None:
    store, data = BackgroundStore(tmp_path / "pictures"), a_picture(suffix)
    path = Path(wanted(store, keep(store, data)))
    assert path.is_absolute()
    assert path.parent == tmp_path / "pictures"
    assert path.read_bytes() != data
    stored = cv2.imread(str(path))
    assert stored is not None
    assert stored.shape == (30, 40, 3)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name], "nothing is left over"


def test_the_same_picture_has_the_same_id_and_another_one_another(tmp_path: Path) -> None:
    store = BackgroundStore(tmp_path)
    ids = [keep(store, a_picture(seed=seed)) for seed in (0, 0, 1)]
    assert ids[0] == ids[1] != ids[2]
    assert keep(BackgroundStore(tmp_path), a_picture()) == ids[0], "also after a restart"


def test_what_hides_in_a_file_is_not_kept(tmp_path: Path) -> None:
    store = BackgroundStore(tmp_path)
    plain = a_picture(".jpg")
    secret = b"where it was taken"
    noted = plain[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(secret)) + secret + plain[2:]
    assert secret not in Path(wanted(store, keep(store, noted + secret))).read_bytes()


def test_a_large_picture_is_stored_as_large_as_it_can_be_shown(tmp_path: Path) -> None:
    store = BackgroundStore(tmp_path)
    white = np.full((2400, 3600, 3), 255, np.uint8)
    data = cv2.imencode(".png", white)[1].tobytes()
    stored = cv2.imread(wanted(store, keep(store, data)))
    assert stored is not None
    assert stored.shape == (1920, 2880, 3)


def test_what_is_transparent_is_seen_over_grey(tmp_path: Path) -> None:
    pixels = np.full((30, 40, 4), (0, 255, 0, 0), np.uint8)
    store = BackgroundStore(tmp_path)
    stored = cv2.imread(wanted(store, keep(store, cv2.imencode(".png", pixels)[1].tobytes())))
    assert stored is not None
    np.testing.assert_allclose(stored, np.broadcast_to(DEFAULT, (30, 40, 3)), atol=2)


def test_pictures_are_decoded_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most = 0, 0
    both = threading.Barrier(2)

    def counted(data: bytes, box: tuple[int, int] | None = None) -> np.ndarray:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.05)  # a second one would meet this one here
        at_once -= 1
        return decoded(data, box)

    monkeypatch.setattr(module, "decoded", counted)
    store = BackgroundStore(tmp_path)

    async def story() -> None:
        await asyncio.gather(*(store.keep(a_picture(seed=seed), ()) for seed in range(6)))

    asyncio.run(story())
    assert most == 1
    assert len(list(tmp_path.iterdir())) == 6


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is so large."""
    whole = a_picture()
    return whole[:16] + struct.pack(">II", width, height) + whole[24:]


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", UnreadablePicture, "no JPEG, PNG, WebP, AVIF or BMP"),
        (
            b"GIF89a" + bytes(100),
            UnreadablePicture,
            "is GIF, which is not read; save it as JPEG, PNG",
        ),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnreadablePicture, "is SVG, which"),
        (a_picture()[:60], UnreadablePicture, "begins as PNG, but cannot"),
        (a_picture(".webp")[:60], UnreadablePicture, "begins as WEBP, but cannot"),
        (bomb(65_000, 65_000), PictureTooLarge, "65000 x 65000, .*4096 pixels at most"),
        (a_picture(width=4097, height=16), PictureTooLarge, "4097 x 16"),
        (a_picture(width=15, height=40), BadBackground, "15 x 40, .*16 pixels at least"),
        (bytes(8_000_001), PictureTooLarge, "8 MB"),
    ],
)
def test_what_is_refused_leaves_nothing(
    tmp_path: Path, data: bytes, error: type[RingtalkError], says: str
) -> None:
    with pytest.raises(error, match=says):
        keep(BackgroundStore(tmp_path / "pictures"), data)
    assert not (tmp_path / "pictures").exists()


def test_colours_and_the_avatar_s_own_need_no_picture(tmp_path: Path) -> None:
    store = BackgroundStore(tmp_path)
    assert wanted(store, "") == ""
    assert wanted(store, "#204060") == "#204060"


@pytest.mark.parametrize("background", ["red", "#fff", "../../etc/passwd", "/etc/passwd", "A" * 32])
def test_what_is_no_background_is_refused(tmp_path: Path, background: str) -> None:
    with pytest.raises(BadBackground, match="neither a colour"):
        wanted(BackgroundStore(tmp_path), background)


def test_an_id_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(UnknownBackground, match="POST /backgrounds"):
        wanted(BackgroundStore(tmp_path), "0" * 32)


def test_the_ones_not_used_for_longest_go_but_none_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 3)
    store = BackgroundStore(tmp_path)
    ids = [keep(store, a_picture(seed=seed)) for seed in range(3)]
    for age, key in enumerate(reversed(ids)):
        os.utime(tmp_path / f"{key}.jpg", (1000 - age, 1000 - age))
    shown = str(tmp_path / f"{ids[0]}.jpg")
    wanted(store, ids[1])
    newest = keep(store, a_picture(seed=9), shown)
    left = {path.stem for path in tmp_path.iterdir()}
    assert left == {*ids, newest}, "the oldest is shown"
    keep(store, a_picture(seed=10))
    left = {path.stem for path in tmp_path.iterdir()}
    assert len(left) == 3
    assert ids[1] in left, "it was used since"
    assert ids[0] not in left
