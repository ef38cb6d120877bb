"""The idle clip of a built-in person: breath, a little sway, blinks and glances; and its actions.

In: a head's pictures; out: a `Clip` of 300 frames, 12 s, that ends where it begins, in its
folder. Runs once for each machine and framing, where the avatar is prepared; frames go to
their files one by one, everything else is freed with the call.

Every motion is a sum of sines whose periods divide the clip, so there is no seam. The person
stands before a background of anyone's choice, which does not move; how much of it is seen at
every pixel is kept beside the frames, so that a session can have another one.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.arrays import array_file
from data.backdrop import backdrop
from data.clip import CLEAR, Clip
from data.framing import framed
from data.head import FIRST_PERSON, SQUARE, Head, avatar_name, builtin_folder, load_head
from data.i420 import i420_from_bgr
from data.staging import staged
from models.face.engine import BUILTIN_ENGINE
from models.face.gesture_frames import GestureFrames
from models.face.layers import LayeredHead
from models.face.motion import CLIP_FRAMES, pose
from models.face.patch import face_atlas, face_mask, patch_box


def prepare(folder: Path, person: str = FIRST_PERSON, framing: str = SQUARE) -> Clip:
    """Make the clip of a person in a framing; whole in `folder`, or not at all.

    AvatarError for a framing that the person has not."""
    head = framed(load_head(builtin_folder() / person), framing)
    return write_clip(folder, avatar_name(person, framing), head)


def write_clip(
    folder: Path, name: str, head: Head, behind: NDArray[np.uint8] | None = None
) -> Clip:
    """Make the clip of a head, `CLIP_FRAMES` frames of its picture's size.

    behind: the background, BGR [H, W, 3] (`backdrop` by default); ValueError if it has not
    the head picture's size.
    """
    behind = backdrop(head.opacity.shape) if behind is None else behind
    if behind.shape != head.picture.shape:
        raise ValueError(f"a background is {head.picture.shape}, not {behind.shape}")
    atlas, mask, placements = face_atlas(head), face_mask(head), _placements(head)
    with staged(folder) as new:
        stage = LayeredHead(head, behind)
        frames, clear = _write_frames(new, stage)
        Clip(
            name,
            BUILTIN_ENGINE,
            frames,
            placements,
            mask,
            atlas.arrays(),
            clear=clear,
            behind=i420_from_bgr(behind),
        ).write(new)
        GestureFrames(head, behind).write(new, stage)
    return Clip.load(folder)


def _write_frames(folder: Path, stage: LayeredHead) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Write `frames.npy` and `clear.npy`; both, mapped."""
    paths = folder / "frames.npy", folder / f"{CLEAR}.npy"
    frame, clear = stage.empty()
    shapes = (CLIP_FRAMES, *frame.shape), (CLIP_FRAMES, *clear.shape)
    with array_file(paths[0], shapes[0]) as put_frame, array_file(paths[1], shapes[1]) as put_clear:
        for number in range(CLIP_FRAMES):
            stage.draw(number, frame, clear)
            put_frame(frame)
            put_clear(clear)
    frames, clears = (np.load(path, mmap_mode="r", allow_pickle=False) for path in paths)
    return frames, clears


def _placements(head: Head) -> NDArray[np.float32]:
    """float32 [N, 2, 3]: the face's own pixels to the picture's, in every frame."""
    patch = patch_box(head)
    poses = np.stack([pose(frame, head.pivot, head.scale) for frame in range(CLIP_FRAMES)])
    poses[:, :, 2] += poses[:, :, :2] @ np.array((patch.x, patch.y), np.float64)
    return poses.astype(np.float32)
