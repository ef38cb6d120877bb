"""Films say that a machine made them: read back by C2PA's own reader."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import c2pa  # type: ignore[import-untyped]
import cv2
import numpy as np
import pytest

from actors.egress.file.animation import Animation
from actors.egress.file.movie import Movie, MovieTick
from actors.egress.marking.content_credentials import algorithm_of
from actors.egress.marking.film_marker import FilmMarker
from actors.egress.marking.signing_identity import CERTIFICATE, KEY, SigningIdentity
from actors.egress.marking.synthetic_sei import IPTC_SOURCE, MESSAGE
from actors.egress.marking.xmp import XMP_BOX, add_xmp
from actors.egress.options import MediaOptions
from data.units import PLAYOUT_TICK


def film(path: Path) -> Path:
    movie = Movie(path, (64, 48), MediaOptions())
    for tick in range(5):
        grey = np.full((72, 64), 100 + tick, np.uint8)
        movie.write(MovieTick(tick, np.zeros(PLAYOUT_TICK, np.int16), grey))
    movie.close()
    return path


def credentials(path: Path) -> dict[str, Any]:
    with c2pa.Reader(path) as reader:
        told: dict[str, Any] = json.loads(reader.json())
    return told


def failures(told: dict[str, Any]) -> list[str]:
    return [one["code"] for one in told["validation_results"]["activeManifest"]["failure"]]


def test_a_film_is_signed_and_says_what_made_it(tmp_path: Path) -> None:
    path = film(tmp_path / "said.mp4")
    FilmMarker(tmp_path / "credentials").mark(path, "said.mp4")
    told = credentials(path)
    assert told["validation_state"] == "Valid"
    assert failures(told) == ["signingCredential.untrusted"], (
        "nobody knows this machine's authority"
    )
    manifest = told["manifests"][told["active_manifest"]]
    (actions,) = [one for one in manifest["assertions"] if one["label"] == "c2pa.actions.v2"]
    assert actions["data"]["actions"][0]["digitalSourceType"] == IPTC_SOURCE
    data = path.read_bytes()
    assert data.count(XMP_BOX.bytes) == 1
    assert b"TC260:AIGC" in data
    with av.open(str(path)) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == 5
    assert {one.name for one in tmp_path.iterdir()} == {"said.mp4", "credentials"}


def test_a_film_that_was_changed_is_found_out(tmp_path: Path) -> None:
    path = film(tmp_path / "said.mp4")
    FilmMarker(tmp_path / "credentials").mark(path, "said.mp4")
    data = bytearray(path.read_bytes())
    at = data.index(b"mdat") + 64
    data[at] ^= 1
    path.write_bytes(data)
    told = credentials(path)
    assert told["validation_state"] == "Invalid"
    assert "assertion.bmffHash.mismatch" in failures(told)


def test_ones_own_certificate_signs(tmp_path: Path) -> None:
    own = SigningIdentity.of_folder(tmp_path / "own")
    assert (tmp_path / "own" / KEY).stat().st_mode & 0o077 == 0
    assert SigningIdentity.of_folder(tmp_path / "own") == own, "made once"
    path = film(tmp_path / "said.mp4")
    certificate, key = (str(tmp_path / "own" / name) for name in (CERTIFICATE, KEY))
    FilmMarker(tmp_path / "not needed", certificate, key).mark(path, "said.mp4")
    assert credentials(path)["validation_state"] == "Valid"
    assert not (tmp_path / "not needed").exists()


def test_a_film_that_cannot_be_marked_stays_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = film(tmp_path / "said.mp4")
    missing = str(tmp_path / "missing.pem")
    with caplog.at_level(logging.ERROR):
        FilmMarker(tmp_path / "c", missing, missing).mark(path, "said.mp4")
    assert "not marked as made by a machine" in caplog.text
    assert "missing.pem" in caplog.text
    with av.open(str(path)) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == 5


def test_webm_has_no_place_for_it(tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    path.write_bytes(b"not looked at")
    FilmMarker(tmp_path / "c").mark(path, "film.webm")
    assert path.read_bytes() == b"not looked at"


def test_without_the_extra_a_film_has_its_metadata(tmp_path: Path) -> None:
    path = film(tmp_path / "said.mp4")
    without = (
        "import sys, runpy, importlib.util as u; real = u.find_spec; sys.modules['c2pa'] = None;"
        "u.find_spec = lambda name: None if name == 'c2pa' else real(name);"
        "runpy.run_module('actors.egress.marking', run_name='__main__')"
    )
    subprocess.run(
        [sys.executable, "-c", without, str(path), "--title", "t", "--folder", str(tmp_path / "c")],
        check=True,
    )
    assert XMP_BOX.bytes in path.read_bytes()
    assert not (tmp_path / "c").exists()


def test_a_key_of_another_kind_is_named(tmp_path: Path) -> None:
    own = SigningIdentity.of_folder(tmp_path / "own")
    assert algorithm_of(own.key) == "es256"
    with pytest.raises(ValueError, match="PEM"):
        algorithm_of("no key")


def test_an_animation_has_metadata_and_credentials_and_still_moves(tmp_path: Path) -> None:
    path = tmp_path / "said.webp"
    animation = Animation(path, (64, 48))
    for tick in range(8):
        grey = np.full((72, 64), 100 + 10 * tick, np.uint8)
        animation.write(MovieTick(tick, np.zeros(PLAYOUT_TICK, np.int16), grey))
    animation.close()
    FilmMarker(tmp_path / "credentials").mark(path, "said.webp")
    data = path.read_bytes()
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert data[20] & 0x04, "the head tells of XMP"
    assert data.count(b"TC260:AIGC") == 1
    assert credentials(path)["validation_state"] == "Valid"
    whole, seen = cv2.imreadanimation(str(path))
    assert whole
    assert len(seen.frames) == 4


def test_what_is_no_animation_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plain.webp"
    path.write_bytes(b"RIFF")
    with pytest.raises(ValueError, match=r"plain\.webp"):
        add_xmp(path, "1")


def test_a_film_of_speak_has_the_message_in_its_keyframe(tmp_path: Path) -> None:
    assert film(tmp_path / "said.mp4").read_bytes().count(MESSAGE[4:]) == 1
