"""Actions as small as a test's avatar."""

from pathlib import Path

import numpy as np

from data.action import Action, ActionHead, action_folder
from data.clip import Clip
from data.staging import staged

LUMA = 150
"""Of an action's first frame; each one is brighter than the last."""


def tiny_action(
    like: Clip,
    name: str = "wave",
    frames: int = 6,
    *,
    faces: bool = True,
    loop: bool = False,
    number: int = 0,
    sound: bytes = b"",
    source: str = "",
    luma: int = LUMA,
) -> Action:
    """Grey frames of the clip's size, its face where the clip's is; behind it the idle loop goes on
    at place 1."""
    grey = np.repeat(like.frames[:1], frames, axis=0).copy()
    for place in range(frames):
        grey[place, : like.height] = luma + place
    arrays = {
        key: np.repeat(array[:1], frames, axis=0) for key, array in like.engine_arrays.items()
    }
    clip = Clip(
        name,
        like.engine,
        grey,
        np.repeat(like.placements[:1], frames, axis=0),
        like.mask_of(0),
        arrays,
        clear=None if like.clear is None else np.repeat(like.clear[:1], frames, axis=0),
        behind=like.behind,
    )
    head = ActionHead(name, faces, loop, number, "sound.wav" if sound else "", source)
    return Action(head, clip, np.zeros(frames, np.int32))


def save_action(action: Action, avatar: Path, sound: bytes = b"") -> Path:
    """Save it to an avatar's folder; where it lies."""
    folder = action_folder(avatar, action.head.name)
    with staged(folder) as new:
        action.write(new)
        if sound:
            (new / action.head.sound).write_bytes(sound)
    return folder
