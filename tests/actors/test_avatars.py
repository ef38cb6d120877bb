"""Where prepared avatars lie, who may be asked for, and who has to wait."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from actors import avatars
from actors.avatars import AvatarEntry, builtin_avatars, clip_of, names
from data.avatar_name import is_reserved
from data.clip import AvatarError, Clip
from data.head import FIRST_PERSON, people
from models.face import idle
from models.face.gesture_frames import action_heads
from runtime.errors import UnknownAvatar
from tests.actors.session_rig import plain_clip

OLD = "0123456789abcdef"
Prepared = list[tuple[str, str]]


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """Who was prepared; what a person looks like is another test's."""
    asked: Prepared = []

    def prepare(folder: Path, person: str, framing: str) -> Clip:
        asked.append((person, framing))
        plain_clip(4).save(folder)
        return Clip.load(folder)

    monkeypatch.setattr(idle, "prepare", prepare)
    return asked


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "avatars").glob("[!.]*"))


def save(cache: Path, *called: str) -> None:
    for name in called:
        plain_clip().save(cache / "avatars" / name)


def test_the_first_person_is_prepared_for_real(tmp_path: Path) -> None:
    made = clip_of("builtin", tmp_path)
    assert (made.engine, made.width, made.height) == ("builtin", 512, 512)
    [first] = folders(tmp_path)
    assert first.startswith(f"{FIRST_PERSON}-")
    before = (tmp_path / "avatars" / first).stat()
    again = clip_of(FIRST_PERSON, tmp_path)
    assert (tmp_path / "avatars" / first).stat().st_ino == before.st_ino
    assert isinstance(again.frames, np.memmap)
    np.testing.assert_array_equal(again.frames[0], made.frames[0])


def test_one_that_is_prepared_replaces_older_ones_of_its_name(
    tmp_path: Path, prepared: Prepared
) -> None:
    first = FIRST_PERSON
    older = (f"builtin-{OLD}", f"{first}-{OLD}", f"{first}-landscape-{OLD}", f"tomas-{OLD}")
    save(tmp_path, *older, "anna")
    clip_of(first, tmp_path)
    assert prepared == [(first, "square")]
    kept = [name for name in folders(tmp_path) if not name.startswith(f"{first}-")]
    assert kept == ["anna", f"tomas-{OLD}"]
    ours = [name for name in folders(tmp_path) if name.startswith(f"{first}-")]
    assert len(ours) == 2 and older[2] in ours and older[1] not in ours
    clip_of("builtin", tmp_path)
    assert len(prepared) == 1


def test_every_person_comes_in_every_framing(tmp_path: Path, prepared: Prepared) -> None:
    for name in builtin_avatars():
        clip_of(name, tmp_path)
        clip_of(name, tmp_path)
    assert prepared == list(builtin_avatars().values())
    assert {person for person, _ in prepared} == set(people())
    assert len(folders(tmp_path)) == len(prepared)


def test_two_who_ask_at_once_prepare_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    asked: list[str] = []

    def prepare(folder: Path, person: str, framing: str) -> Clip:
        asked.append(person)
        begun.set()
        assert go_on.wait(30)
        plain_clip(4).save(folder)
        return Clip.load(folder)

    monkeypatch.setattr(idle, "prepare", prepare)
    clips: list[Clip] = []
    askers = [
        threading.Thread(target=lambda: clips.append(clip_of("mira", tmp_path))) for _ in range(3)
    ]
    for asker in askers:
        asker.start()
    assert begun.wait(30)
    go_on.set()
    for asker in askers:
        asker.join(30)
    assert asked == ["mira"] and len(clips) == 3


def test_who_fails_leaves_the_next_to_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared: Prepared
) -> None:
    def full(folder: Path, person: str, framing: str) -> Clip:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(idle, "prepare", full)
        with pytest.raises(OSError, match="no space left"):
            clip_of("mira", tmp_path)
    assert len(clip_of("mira", tmp_path).frames) == 4


@pytest.fixture
def forget() -> Iterator[None]:
    yield
    avatars._digest.cache_clear()


def test_other_pictures_are_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepared: Prepared, forget: None
) -> None:
    home = tmp_path / "people"
    (home / "mira").mkdir(parents=True)
    (home / "mira" / "head.webp").write_bytes(b"one")
    monkeypatch.setattr(avatars, "builtin_folder", lambda: home)
    seen = []
    write: list[Callable[[], object]] = [
        lambda: None,
        lambda: (home / "mira" / "README.md").write_text("a text"),
        lambda: (home / "mira" / "head.webp").write_bytes(b"two"),
    ]
    for change in write:
        change()
        avatars._digest.cache_clear()
        clip_of("mira", tmp_path)
        seen.append(folders(tmp_path))
    assert seen[0] == seen[1] != seen[2]
    assert len(seen[2]) == 1
    assert len(prepared) == 2


def test_a_prepared_avatar_is_found_by_its_name(tmp_path: Path) -> None:
    plain_clip(5).save(tmp_path / "avatars" / "anna")
    assert len(clip_of("anna", tmp_path).frames) == 5


def test_an_unknown_one_is_told_which_there_are(tmp_path: Path) -> None:
    save(tmp_path, "bert", "anna", f"mira-{OLD}", f"builtin-{OLD}", ".anna-half-made")
    with pytest.raises(UnknownAvatar) as caught:
        clip_of("nobody", tmp_path)
    known = ", ".join(["builtin", *builtin_avatars(), "anna", "bert"])
    assert str(caught.value) == f"no avatar is called 'nobody'; there are: {known}"
    assert names(tmp_path) == (*builtin_avatars(), "anna", "bert")


def test_a_framing_that_nobody_has_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UnknownAvatar, match=f"'mira-round'; there are: builtin, {FIRST_PERSON}"):
        clip_of("mira-round", tmp_path)


def test_who_there_is_is_known_without_preparing(tmp_path: Path, prepared: Prepared) -> None:
    save(tmp_path, "anna", "lost")
    (tmp_path / "avatars" / "lost" / "frames.npy").unlink()
    clip_of("mira", tmp_path)
    rows = {row.name: row for row in avatars.avatars(tmp_path)}
    assert tuple(rows) == names(tmp_path)
    assert rows["mira"] == AvatarEntry(
        *("mira", "builtin", 512, 512, True, True), builtin=True, actions=action_heads()
    )
    assert rows["anna"] == AvatarEntry("anna", "builtin", 48, 32, False, True)
    assert "frames.npy: missing" in rows["lost"].broken
    assert not any(row.prepared for name, row in rows.items() if name in rows and "-" in name)
    assert len(prepared) == 1


def test_names_of_the_built_in_people_are_reserved() -> None:
    for name in ("builtin", "mira", "mira-landscape", "mira-of-mine", f"mira-{OLD}", "builtin-2"):
        assert is_reserved(name)
    for name in ("anna", "miranda", "my-mira"):
        assert not is_reserved(name)


@pytest.mark.parametrize("name", ["..", ".", "", "a/../anna", "../outside", ".hidden", "a\0b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    plain_clip().save(tmp_path / "outside")
    plain_clip().save(tmp_path / "avatars" / ".hidden")
    with pytest.raises(UnknownAvatar):
        clip_of(name, tmp_path)
    with pytest.raises(UnknownAvatar):
        clip_of(str(tmp_path / "outside"), tmp_path)


def test_a_broken_one_is_named(tmp_path: Path) -> None:
    plain_clip().save(tmp_path / "avatars" / "anna")
    (tmp_path / "avatars" / "anna" / "frames.npy").unlink()
    with pytest.raises(AvatarError, match=r"anna: frames\.npy"):
        clip_of("anna", tmp_path)


def test_a_clip_is_shared_not_copied(tmp_path: Path) -> None:
    plain_clip().save(tmp_path / "avatars" / "anna")
    one: Clip = clip_of("anna", tmp_path)
    assert isinstance(one.frames, np.memmap)
    assert not one.frames.flags.writeable
