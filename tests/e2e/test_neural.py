"""A clip and weights in, a talking avatar out: the commands as a user gives them, per engine."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from actors.compositor.player import LEAD_IN, LEAD_OUT
from data.clip import Clip
from data.units import TICKS_PER_SECOND
from tests.e2e.conftest import ROOT

pytest.importorskip("diffusers")
from tests.e2e.neural_weights import save_weights, write_clip, write_sound

SECONDS: Final = 0.6
ME: Final = "me"


def ringtalk(home: Path, *arguments: str | Path) -> str:
    """What the command printed; it must go well."""
    done = subprocess.run(
        [sys.executable, "-m", "server.cli.main", *arguments, "--config", home / "ringtalk.toml"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lumas(movie: Path) -> NDArray[np.float32]:
    with av.open(str(movie)) as container:
        height = container.streams.video[0].height
        pictures = [
            frame.to_ndarray(format="yuv420p")[:height] for frame in container.decode(video=0)
        ]
    return np.stack(pictures).astype(np.float32)


def loudness(movie: Path) -> float:
    """Root mean square, 1 is full scale."""
    with av.open(str(movie)) as container:
        sound = np.concatenate([f.to_ndarray().ravel() for f in container.decode(audio=0)])
    return float(np.sqrt(np.square(sound.astype(np.float64)).mean()))


@pytest.mark.parametrize("engine", ["wav2lip", "ultralight", "musetalk"])
def test_a_clip_becomes_an_avatar_that_speaks(engine: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (tmp_path / "ringtalk.toml").write_text(f'cache_dir = "{cache}"\n')
    save_weights(engine, ME, cache / "models")
    clip_file, sound = write_clip(tmp_path / "clip.mp4"), write_sound(tmp_path / "a.wav", SECONDS)

    said = ringtalk(tmp_path, "avatar", "create", ME, "--from", clip_file, "--engine", engine)
    assert "me: 26 frames" in said
    assert (cache / "avatars" / ME / "sheet.png").is_file()
    movie = tmp_path / "out.mp4"
    ringtalk(tmp_path, "speak", "--avatar", ME, "--audio", sound, "-o", movie)

    pictures = lumas(movie)
    speech = round(SECONDS * TICKS_PER_SECOND)
    assert 0 <= len(pictures) - (LEAD_IN + speech + LEAD_OUT) <= 2
    assert loudness(movie) > 0.02
    clip = Clip.load(cache / "avatars" / ME)
    idle, height = clip.frames[0], clip.height
    onto = clip.placements[0]
    x0, y0 = np.floor(onto[:, 2]).astype(int)
    x1, y1 = np.ceil(onto @ (*clip.face_size, 1)).astype(int)
    change = np.abs(pictures[LEAD_IN + 2 : LEAD_IN + speech - 2] - idle[:height])
    face = change[:, y0:y1, x0:x1].mean()
    change[:, max(0, y0 - 4) : y1 + 4, max(0, x0 - 4) : x1 + 4] = 0
    rest = change.mean()
    assert face > 2, "the network paints"
    assert rest < 1.5, "around the face the clip goes on"
    assert face > 4 * rest
    assert np.abs(pictures[0] - idle[:height]).mean() < 2, "before it speaks it is the clip"
