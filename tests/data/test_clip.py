"""Clips: what is saved comes back mapped; what does not fit is refused by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.clip import AvatarError, Clip


def make_clip(count: int = 3, seed: int = 0) -> Clip:
    random = np.random.default_rng(seed)
    return Clip(
        name="ada",
        engine="builtin",
        frames=random.integers(0, 256, (count, 24, 32), np.uint8),
        placements=np.tile(np.eye(2, 3, dtype=np.float32), (count, 1, 1)),
        mask=random.integers(0, 256, (8, 10), np.uint8),
        engine_arrays={"latents": random.standard_normal((count, 4)).astype(np.float32)},
    )


def parts(**changed: Any) -> dict[str, Any]:
    clip = make_clip()
    return {
        "name": clip.name,
        "engine": clip.engine,
        "frames": clip.frames,
        "placements": clip.placements,
        "mask": clip.mask,
        **changed,
    }


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    clip = make_clip()
    clip.save(tmp_path / "ada")
    back = Clip.load(tmp_path / "ada")
    assert (back.name, back.engine, back.width, back.height) == ("ada", "builtin", 32, 16)
    assert back.face_size == (10, 8)
    for name in ("frames", "placements", "mask"):
        np.testing.assert_array_equal(getattr(back, name), getattr(clip, name))
    np.testing.assert_array_equal(back.engine_arrays["latents"], clip.engine_arrays["latents"])


def test_a_frame_that_is_played_twice_is_stored_once(tmp_path: Path) -> None:
    there_and_back = np.array([0, 1, 2, 1])
    Clip(**parts(order=there_and_back)).save(tmp_path / "ada")
    back = Clip.load(tmp_path / "ada")
    assert len(back.frames) == 3
    np.testing.assert_array_equal(back.loop, there_and_back)


def test_a_clip_without_an_order_is_played_as_it_stands(tmp_path: Path) -> None:
    make_clip().save(tmp_path / "ada")
    head = json.loads((tmp_path / "ada" / "clip.json").read_text())
    (tmp_path / "ada" / "clip.json").write_text(json.dumps({**head, "format": 1}))
    assert Clip.load(tmp_path / "ada").loop.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (np.zeros(0, np.int64), r"order: int64 \[0\]"),
        (np.zeros((2, 2), np.int64), r"order: int64 \[2, 2\]"),
        (np.zeros(3), r"order: float64"),
        (np.array([0, 3]), "a frame that is none of the 3"),
        (np.array([-1, 0]), "a frame that is none of the 3"),
    ],
)
def test_an_order_that_does_not_fit_is_refused(order: Any, said: str) -> None:
    with pytest.raises(AvatarError, match=said):
        Clip(**parts(order=order))


def test_a_mask_for_each_frame_stays_on_disk(tmp_path: Path) -> None:
    masks = np.random.default_rng(2).integers(0, 256, (3, 8, 10), np.uint8)
    Clip(**parts(mask=masks, matched=True)).save(tmp_path / "ada")
    back = Clip.load(tmp_path / "ada")
    assert back.matched
    assert back.face_size == (10, 8)
    assert isinstance(back.mask, np.memmap)
    for number in range(3):
        np.testing.assert_array_equal(back.mask_of(number), masks[number])
    with pytest.raises(IndexError):
        back.mask_of(3)


def test_one_mask_is_every_frame_s() -> None:
    clip = make_clip()
    assert not clip.matched
    np.testing.assert_array_equal(clip.mask_of(2), clip.mask)


def with_matte(count: int = 3) -> dict[str, Any]:
    random = np.random.default_rng(5)
    return {
        "clear": random.integers(0, 256, (count, 16, 32), np.uint8),
        "behind": random.integers(0, 256, (24, 32), np.uint8),
    }


def test_a_background_that_can_be_replaced_comes_back_mapped(tmp_path: Path) -> None:
    clip = Clip(**parts(**with_matte()))
    clip.save(tmp_path / "ada")
    back = Clip.load(tmp_path / "ada")
    assert back.replaceable
    assert isinstance(back.clear, np.memmap)
    np.testing.assert_array_equal(back.clear, with_matte()["clear"])
    np.testing.assert_array_equal(back.behind, with_matte()["behind"])


def test_a_clip_without_a_matte_has_no_files_of_one(tmp_path: Path) -> None:
    make_clip().save(tmp_path / "ada")
    names = {path.name for path in (tmp_path / "ada").iterdir()}
    assert names == {"clip.json", "frames.npy", "placements.npy", "mask.npy", "engine"}
    assert not Clip.load(tmp_path / "ada").replaceable


@pytest.mark.parametrize("name", ["clear", "behind"])
def test_half_of_a_matte_is_refused(tmp_path: Path, name: str) -> None:
    Clip(**parts(**with_matte())).save(tmp_path / "ada")
    (tmp_path / "ada" / f"{name}.npy").unlink()
    with pytest.raises(AvatarError, match="clear and behind come together"):
        Clip.load(tmp_path / "ada")


def test_a_head_from_before_matching_is_read(tmp_path: Path) -> None:
    make_clip().save(tmp_path / "ada")
    path = tmp_path / "ada" / "clip.json"
    head = json.loads(path.read_text())
    del head["matched"]
    path.write_text(json.dumps(head))
    assert not Clip.load(tmp_path / "ada").matched


def test_frames_are_mapped_and_read_only(tmp_path: Path) -> None:
    make_clip().save(tmp_path / "ada")
    back = Clip.load(tmp_path / "ada")
    assert isinstance(back.frames, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        back.frames[0, 0, 0] = 1


def test_saving_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    make_clip(3).save(tmp_path / "ada")
    mapped = Clip.load(tmp_path / "ada")
    first = mapped.frames[0].copy()
    make_clip(5, seed=1).save(tmp_path / "ada")
    assert len(Clip.load(tmp_path / "ada").frames) == 5
    np.testing.assert_array_equal(mapped.frames[0], first)
    assert [path.name for path in tmp_path.iterdir()] == ["ada"]


def test_a_save_that_fails_leaves_the_old_clip_and_nothing_else(tmp_path: Path) -> None:
    make_clip(3).save(tmp_path / "ada")
    broken = make_clip(4)
    object.__setattr__(broken, "engine_arrays", {"of/objects": np.zeros(1)})
    with pytest.raises(FileNotFoundError):
        broken.save(tmp_path / "ada")
    assert len(Clip.load(tmp_path / "ada").frames) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["ada"]


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    clip = make_clip()
    object.__setattr__(clip, "engine_arrays", {"things": np.array([{}], dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle"):
        clip.save(tmp_path / "ada")
    make_clip().save(tmp_path / "ada")
    np.save(tmp_path / "ada" / "mask.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(AvatarError, match=r"mask\.npy"):
        Clip.load(tmp_path / "ada")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"frames": np.zeros((3, 24, 32), np.float32)}, "frames: float32"),
        ({"frames": np.zeros((24, 32), np.uint8)}, r"frames: uint8 \[24, 32\]"),
        ({"frames": np.zeros((3, 24, 31), np.uint8)}, "even sides"),
        ({"frames": np.zeros((3, 25, 32), np.uint8)}, "I420"),
        ({"frames": np.zeros((0, 24, 32), np.uint8)}, "no frame"),
        ({"frames": np.zeros((3, 6, 5000), np.uint8)}, "4096 at most"),
        ({"placements": np.zeros((2, 2, 3), np.float32)}, r"wanted float32 \[3, 2, 3\]"),
        ({"placements": np.full((3, 2, 3), np.nan, np.float32)}, "finite"),
        ({"mask": np.zeros((8, 9), np.uint8)}, "mask: .*even sides"),
        ({"mask": np.zeros((8, 10), np.float32)}, "mask: float32"),
        ({"mask": np.zeros((2, 8, 10), np.uint8)}, r"mask: .*wanted uint8 \[3, any, any\]"),
        ({"mask": np.zeros((3, 8, 9), np.uint8)}, "mask: .*even sides"),
        ({"mask": np.zeros(8, np.uint8)}, r"mask: uint8 \[8\]"),
        (with_matte(2), r"clear: .*wanted uint8 \[3, 16, 32\]"),
        ({**with_matte(), "behind": np.zeros((16, 32), np.uint8)}, r"behind: .*\[24, 32\]"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(AvatarError, match=says):
        Clip(**parts(**changed))


@pytest.mark.parametrize("name", ["clip.json", "frames.npy", "placements.npy", "mask.npy"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    make_clip().save(tmp_path / "ada")
    (tmp_path / "ada" / name).unlink()
    with pytest.raises(AvatarError, match=f"{name}: missing"):
        Clip.load(tmp_path / "ada")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(AvatarError, match="no such avatar folder"):
        Clip.load(tmp_path / "nobody")


@pytest.mark.parametrize("size", [0, 60, 500])
def test_a_file_cut_short_is_named(tmp_path: Path, size: int) -> None:
    make_clip().save(tmp_path / "ada")
    path = tmp_path / "ada" / "frames.npy"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(AvatarError, match=r"frames\.npy: not a whole array file"):
        Clip.load(tmp_path / "ada")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 9}, "format 9, this version reads 1"),
        ({"colours": "bt709-full"}, "colours 'bt709-full', allowed is 'bt601-limited'"),
        ({"width": 34}, "clip.json says 34 x 16"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    make_clip().save(tmp_path / "ada")
    path = tmp_path / "ada" / "clip.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(AvatarError, match=says):
        Clip.load(tmp_path / "ada")


def test_a_head_that_is_no_json_is_refused(tmp_path: Path) -> None:
    make_clip().save(tmp_path / "ada")
    (tmp_path / "ada" / "clip.json").write_text("not json")
    with pytest.raises(AvatarError, match=r"clip\.json"):
        Clip.load(tmp_path / "ada")
