"""Where prepared avatars lie, and who may be asked for."""

from pathlib import Path

import numpy as np
import pytest

from actors.avatars import clip_of
from data.clip import AvatarError, Clip
from runtime.errors import UnknownAvatar
from tests.actors.street_rig import plain_clip


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "avatars").iterdir())


def test_the_builtin_is_prepared_once_and_replaces_older_ones(tmp_path: Path) -> None:
    plain_clip().save(tmp_path / "avatars" / "builtin-0123456789abcdef")
    plain_clip().save(tmp_path / "avatars" / "anna")
    made = clip_of("builtin", tmp_path)
    assert (made.engine, made.width, made.height) == ("builtin", 512, 512)
    anna, builtin = folders(tmp_path)
    assert anna == "anna"
    assert builtin.startswith("builtin-")
    before = (tmp_path / "avatars" / builtin).stat()
    again = clip_of("builtin", tmp_path)
    assert (tmp_path / "avatars" / builtin).stat().st_ino == before.st_ino
    assert isinstance(again.frames, np.memmap)
    np.testing.assert_array_equal(again.frames[0], made.frames[0])


def test_a_prepared_avatar_is_found_by_its_name(tmp_path: Path) -> None:
    plain_clip(5).save(tmp_path / "avatars" / "anna")
    assert len(clip_of("anna", tmp_path).frames) == 5


def test_an_unknown_one_is_told_which_there_are(tmp_path: Path) -> None:
    for name in ("bert", "anna", "builtin-0123456789abcdef", ".anna-half-made"):
        plain_clip().save(tmp_path / "avatars" / name)
    with pytest.raises(UnknownAvatar) as caught:
        clip_of("nobody", tmp_path)
    assert str(caught.value) == "no avatar is called 'nobody'; there are: builtin, anna, bert"


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
