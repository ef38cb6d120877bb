"""A photo and a clip become avatars; what cannot become one is refused with the reason."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.clip import Clip
from data.i420 import i420_from_bgr
from data.landmarks.finder import Face, FaceFinder
from data.making import photo
from data.making.boxes import CROPS
from data.making.errors import Cancelled, CannotMake
from data.making.follow import check, follow
from data.making.make import AvatarFigures, AvatarOrder, make_avatar
from data.making.photo import PhotoSource
from data.making.photo_layers import PhotoLayers
from data.making.sheet import SHEET
from models.picture.paste import Paster

Picture = NDArray[np.uint8]
WriteClip = Callable[[Path, Iterable[Picture], int], Path]


def quiet(what: str, done: int, total: int | None) -> None:
    pass


def flat_latents(faces: Picture) -> Iterator[NDArray[np.float16]]:
    """In place of the VAE: the mean of each face, in batches of 7."""
    for start in range(0, len(faces), 7):
        means = faces[start : start + 7].mean(axis=(1, 2, 3), dtype=np.float64)
        yield np.broadcast_to(means[:, None, None, None], (len(means), 8, 32, 32)).astype("f2")


@pytest.mark.parametrize("engine", ["wav2lip", "wav2lip256", "ultralight", "musetalk"])
def test_a_clip_becomes_an_avatar_whose_faces_fit(
    engine: str,
    pan: Callable[[int], list[Picture]],
    write_clip: WriteClip,
    tmp_path: Path,
) -> None:
    path = write_clip(tmp_path / "pan.mp4", pan(20), 25)
    wanted = AvatarOrder("eileen", engine, flat_latents if engine == "musetalk" else None)
    clip, figures = make_avatar(path, wanted, tmp_path / "home" / "eileen", quiet)
    assert isinstance(figures, AvatarFigures)
    family = CROPS[engine].family
    assert (clip.name, clip.engine, clip.width, clip.height) == ("eileen", family, 256, 240)
    assert clip.matched
    assert figures.frames == len(clip.loop) == 38  # there and back
    assert len(clip.frames) == 20, "each is stored once"
    assert figures.jitter[1] < 0.5 * figures.jitter[0] + 0.05
    assert figures.seam[0] <= 2 * figures.seam[1]
    paster = Paster(clip.mask)
    out = np.empty_like(clip.frames[0])
    for number in (0, 10, 19):
        face = i420_from_bgr(np.ascontiguousarray(clip.engine_arrays["faces"][number]))
        paster.paste(out, clip.frames[number], face, clip.placements[number])
        change = np.abs(out[:240].astype(int) - clip.frames[number][:240])
        assert change.mean() < 0.7, "a face that is put back unchanged is not seen"
    if engine == "musetalk":
        means = clip.engine_arrays["faces"].mean(axis=(1, 2, 3), dtype=np.float64)
        np.testing.assert_allclose(clip.engine_arrays["latents"][:, 0, 0, 0], means, rtol=2e-3)
    sheet = cv2.imread(str(tmp_path / "home" / "eileen" / SHEET))
    assert sheet is not None
    assert sheet.std() > 20
    assert [entry.name for entry in (tmp_path / "home").iterdir()] == ["eileen"]


def test_a_photo_becomes_a_loop(
    astronaut: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo, "FRAMES", 40)
    cv2.imwrite(str(tmp_path / "a.png"), astronaut[:300, 60:400])
    clip, figures = make_avatar(
        tmp_path / "a.png", AvatarOrder("a", "wav2lip"), tmp_path / "a", quiet
    )
    assert isinstance(figures, AvatarFigures)
    assert figures.frames == 40
    assert figures.seam[0] <= 2 * max(figures.seam[1], 0.05)
    assert Clip.load(tmp_path / "a").engine == "wav2lip"
    moved = np.abs(clip.frames[20][:300].astype(int) - clip.frames[0][:300])
    assert moved.max() > 20
    assert moved[:, :8].max() <= 6, "the edge of the picture stays"


def test_a_photo_breathes_and_blinks(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    source = PhotoSource(PhotoLayers(astronaut), face)
    assert source.blinks
    pictures = [picture.seen for picture in source.pictures()]
    assert len(pictures) == photo.FRAMES
    open_eyes, shut_eyes = pictures[44], pictures[46]
    eyes = np.abs(open_eyes[98:110, 190:260].astype(int) - shut_eyes[98:110, 190:260])
    mouth = np.abs(open_eyes[130:160, 190:260].astype(int) - shut_eyes[130:160, 190:260])
    assert eyes.mean() > 5 * mouth.mean()
    body = np.abs(pictures[0][230:400, 150:300].astype(int) - pictures[50][230:400, 150:300])
    assert body.mean() > 1


def test_small_eyes_do_not_blink(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    small = Face(face.landmarks * 0.4, face.score)
    assert not PhotoSource(PhotoLayers(astronaut), small).blinks


@pytest.mark.parametrize("where", [0, 13])
def test_a_moment_without_a_face_is_named(
    where: int, pan: Callable[[int], list[Picture]], finder: FaceFinder
) -> None:
    pictures = pan(15)
    pictures[where] = np.full_like(pictures[where], 80)
    with pytest.raises(CannotMake, match=f"no face is seen at {where / 25:.2f} s"):
        follow(iter(pictures), finder)


def test_two_faces_are_refused(astronaut: Picture, finder: FaceFinder) -> None:
    both = np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)
    with pytest.raises(CannotMake, match=r"2 faces are seen at 0\.00 s"):
        follow(iter([both]), finder)


def test_a_second_face_that_comes_later_is_seen(
    pan: Callable[[int], list[Picture]], finder: FaceFinder
) -> None:
    pictures = pan(30)
    alone = [np.concatenate([p, np.full_like(p, 90)], axis=1) for p in pictures[:10]]
    joined = [np.concatenate([p, p[:, ::-1]], axis=1) for p in pictures[10:]]
    with pytest.raises(CannotMake, match=r"2 faces are seen at 1\.00 s"):
        follow(iter(alone + joined), finder)


def test_a_small_face_is_refused(astronaut: Picture, finder: FaceFinder) -> None:
    small = np.asarray(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA), np.uint8)
    with pytest.raises(CannotMake, match=r"too small at .*: 4. pixels wide, 64 are needed"):
        follow(iter([small]), finder)


@pytest.mark.parametrize(
    ("axes", "said"), [((0, 2), "to the side"), ((1, 2), "up or down"), ((0, 1), "askew")]
)
def test_a_face_that_is_turned_away_is_refused(
    axes: tuple[int, int], said: str, astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    turn = np.eye(3)
    cos, sin = np.cos(np.deg2rad(60)), np.sin(np.deg2rad(60))
    turn[np.ix_(axes, axes)] = [[cos, -sin], [sin, cos]]
    turned = Face(face.landmarks @ turn.T * 2, face.score)
    with pytest.raises(CannotMake, match=f"turned too far {said} here"):
        check(turned, "here")


def test_no_picture_at_all_is_refused(finder: FaceFinder) -> None:
    with pytest.raises(CannotMake, match="there is no picture"):
        follow(iter([]), finder)


@pytest.mark.parametrize(
    ("engine", "said"), [("dalle", "allowed: builtin, musetalk, "), ("musetalk", "latents")]
)
def test_what_cannot_be_ordered_is_named(engine: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AvatarOrder("a", engine)


def test_nothing_stays_behind_when_it_fails(tmp_path: Path) -> None:
    def burst(*_: Any) -> None:
        raise CannotMake("enough")

    cv2.imwrite(str(tmp_path / "grey.png"), np.full((200, 200, 3), 90, np.uint8))
    with pytest.raises(CannotMake, match="no face is seen in the photo"):
        make_avatar(
            tmp_path / "grey.png", AvatarOrder("a", "wav2lip"), tmp_path / "home" / "a", burst
        )
    assert not (tmp_path / "home").exists()


@pytest.fixture(scope="module")
def filmed(
    pan: Callable[[int], list[Picture]],
    write_clip: WriteClip,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    return write_clip(tmp_path_factory.mktemp("filmed") / "pan.mp4", pan(14), 25)


STEPS = ("finding the face", "cutting the face", "encoding the face", "saving")


def test_progress_is_told_frame_by_frame(filmed: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    wanted = AvatarOrder("a", "musetalk", flat_latents)
    make_avatar(filmed, wanted, tmp_path / "a", lambda *step: told.append(step))
    by_step = {step: [done for what, done, _ in told if what == step] for step in STEPS}
    assert list(dict.fromkeys(what for what, _, _ in told)) == list(STEPS)
    assert by_step["finding the face"] == list(range(1, 15))
    assert by_step["cutting the face"] == list(range(1, 15))
    assert by_step["encoding the face"] == [7, 14]
    assert by_step["saving"] == [0, 1]


@pytest.mark.parametrize(
    ("step", "frame"), [(STEPS[0], 3), (STEPS[1], 5), (STEPS[2], 7), (STEPS[3], 1)]
)
def test_what_is_cancelled_ends_within_a_frame_and_leaves_nothing(
    step: str, frame: int, filmed: Path, tmp_path: Path
) -> None:
    cancel, told = Event(), []

    def tell(what: str, done: int, total: int | None) -> None:
        told.append((what, done))
        if (what, done) == (step, frame):
            cancel.set()

    home = tmp_path / "home"
    wanted = AvatarOrder("a", "musetalk", flat_latents)
    if step == STEPS[3]:  # told once all is written: too late, and nothing of it is lost
        make_avatar(filmed, wanted, home / "a", tell, cancel)
        assert [path.name for path in home.iterdir()] == ["a"]
        return
    with pytest.raises(Cancelled, match="cancelled"):
        make_avatar(filmed, wanted, home / "a", tell, cancel)
    assert told[-1] == (step, frame)
    assert not home.exists() or not list(home.iterdir())


def test_another_thread_cancels_and_the_older_avatar_stays(filmed: Path, tmp_path: Path) -> None:
    wanted = AvatarOrder("a", "wav2lip")
    make_avatar(filmed, wanted, tmp_path / "home" / "a", quiet)
    cancel, cutting, ended = Event(), Event(), []

    def tell(what: str, done: int, total: int | None) -> None:
        if what == "cutting the face":
            cutting.set()
            assert cancel.wait(30)

    def work() -> None:
        try:
            make_avatar(filmed, wanted, tmp_path / "home" / "a", tell, cancel)
        except Cancelled as error:
            ended.append(str(error))

    thread = Thread(target=work)
    thread.start()
    assert cutting.wait(30)
    cancel.set()
    thread.join(30)
    assert ended == ["cancelled: cutting the face, frame 2"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["a"]
    assert len(Clip.load(tmp_path / "home" / "a").loop) == 26


def test_boxes_can_be_left_as_they_were_found(filmed: Path, tmp_path: Path) -> None:
    _, raw = make_avatar(filmed, AvatarOrder("a", "wav2lip", spread=0.0), tmp_path / "a", quiet)
    _, steady = make_avatar(filmed, AvatarOrder("b", "wav2lip"), tmp_path / "b", quiet)
    assert isinstance(raw, AvatarFigures)
    assert isinstance(steady, AvatarFigures)
    assert raw.jitter[0] == pytest.approx(raw.jitter[1])
    assert steady.jitter[1] < raw.jitter[1]
