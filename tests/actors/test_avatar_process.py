"""The process that makes an avatar: it steps aside, says how far it is, and ends when told."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from skimage import data

from data.clip import Clip
from runtime.avatar_messages import (
    LINES,
    AvatarMade,
    AvatarProgress,
    AvatarRefused,
    MakeAvatar,
)

ASTRONAUT = Path(data.__file__).parent / "astronaut.png"


@pytest.fixture
def order(tmp_path: Path) -> MakeAvatar:
    face = np.asarray(cv2.imread(str(ASTRONAUT)))[:300, 60:400]
    source = tmp_path / "a.jpg"
    cv2.imwrite(str(source), face)
    target, cache = tmp_path / "home" / "made", tmp_path / "cache"
    return MakeAvatar(
        "anna", "wav2lip", str(source), str(target), str(cache), background="#102030", face=1
    )


def begun(order: MakeAvatar) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "actors.avatar_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    process.stdin.flush()
    return process


def test_it_makes_an_avatar_at_the_lowest_priority(order: MakeAvatar) -> None:
    with begun(order) as process:
        assert process.stdout is not None
        lines = [LINES.decode(process.stdout.readline())]
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19
        assert os.sched_getscheduler(process.pid) in (os.SCHED_IDLE, os.SCHED_OTHER)
        lines += [LINES.decode(line) for line in process.stdout]
    steps = [line.percent for line in lines if isinstance(line, AvatarProgress)]
    assert steps == sorted(steps)
    assert steps[-1] == 100
    assert isinstance(lines[-1], AvatarMade)
    assert "200 frames" in lines[-1].figures
    clip = Clip.load(Path(order.target))
    assert clip.name == "anna"
    assert clip.behind is not None
    assert clip.behind[:100].max() < 70, "as dark as was asked for"


def test_it_ends_with_its_input_and_leaves_nothing(order: MakeAvatar) -> None:
    with begun(order) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.close()
        *_, last = [LINES.decode(line) for line in process.stdout]
    assert last == AvatarRefused("cancelled")
    home = Path(order.target).parent
    assert not home.exists() or list(home.iterdir()) == []


def test_it_ends_when_nobody_reads_it(order: MakeAvatar) -> None:
    with begun(order) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
    assert process.returncode == 0
    assert not Path(order.target).exists()


def test_what_cannot_be_made_says_what_to_do(order: MakeAvatar) -> None:
    wanted = msgspec.structs.replace(order, engine="musetalk")
    with begun(wanted) as process:
        assert process.stdout is not None
        *_, last = [LINES.decode(line) for line in process.stdout]
    assert isinstance(last, AvatarRefused)
    assert "MuseTalk avatar needs" in last.why
