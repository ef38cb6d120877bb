"""The actions of a built-in person, drawn.

In: a head before a background, and its gestures. Out: an action's folder for each. Runs once for
each machine and framing, where the avatar is prepared; frames go to their files one by one. The
idle frame `BASE` stands for the head at rest, so that the idle loop goes on from there.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.action import Action, ActionHead, action_folder
from data.arrays import array_file
from data.clip import CLEAR, Clip
from data.head import Head
from data.i420 import i420_from_bgr
from models.face.engine import BUILTIN_ENGINE
from models.face.gesture import GESTURES, Gesture, GesturePose
from models.face.head_turn import HeadTurn
from models.face.layers import LayeredHead, Seen
from models.face.motion import pose
from models.face.patch import face_mask, patch_box
from models.face.smile import STEPS, from_edge, smiles

BASE: Final = 34
"""The eyes are open there and look at you."""
_GRID: Final = 9


def action_heads() -> tuple[ActionHead, ...]:
    """What every built-in person can do."""
    return tuple(ActionHead(name, faces=True) for name in sorted(GESTURES))


class GestureFrames:
    """Draws the gestures of a head."""

    def __init__(self, head: Head, background: NDArray[np.uint8]) -> None:
        self._head = head
        self._behind = i420_from_bgr(background)
        self._turn = HeadTurn.of(head)
        self._smiles = smiles(head)
        self._mask = face_mask(head)

    def write(self, avatar: Path, stage: LayeredHead) -> None:
        """Write every action into the avatar's folder."""
        for head in action_heads():
            folder = action_folder(avatar, head.name)
            folder.mkdir(parents=True)
            gesture = GESTURES[head.name]
            frames, clear = self._frames(folder, stage, gesture)
            clip = Clip(
                head.name,
                BUILTIN_ENGINE,
                frames,
                self._placements(gesture),
                self._mask,
                clear=clear,
                behind=self._behind,
                order=gesture.order,
            )
            returns = np.full(len(gesture.order), BASE, np.int32)
            Action(head, clip, returns).write(folder)

    def _frames(
        self, folder: Path, stage: LayeredHead, gesture: Gesture
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        paths = folder / "frames.npy", folder / f"{CLEAR}.npy"
        frame, clear = stage.empty()
        shapes = ((len(gesture.poses), *each.shape) for each in (frame, clear))
        first, second = shapes
        with array_file(paths[0], first) as put_frame, array_file(paths[1], second) as put_clear:
            for held in gesture.poses:
                picture = self._picture(held)
                stage.draw_held(BASE, picture, held.lids, self._seen(held), frame, clear)
                put_frame(frame)
                put_clear(clear)
        frames, clears = (np.load(path, mmap_mode="r", allow_pickle=False) for path in paths)
        return frames, clears

    def _seen(self, held: GesturePose) -> Seen:
        return lambda x, y: self._turn.seen(x, y, held)

    def _picture(self, held: GesturePose) -> NDArray[np.uint8]:
        """The head's picture, BGR, with what its face shows."""
        head = self._head
        picture = head.picture.copy()
        if held.brows > 0 and len(head.brows):
            level = min(len(head.brows), round(held.brows * len(head.brows)))
            if level:
                _lay(head.brow_box.of(picture), head.brows[level - 1], head.scale)
        if held.smile > 0:
            step = min(STEPS, max(1, round(held.smile * STEPS)))
            _lay(head.mouth_box.of(picture), self._smiles[step - 1], head.scale)
        return picture

    def _placements(self, gesture: Gesture) -> NDArray[np.float32]:
        """float32 [N, 2, 3]: the face's own pixels to the picture's, the best affine for each."""
        patch = patch_box(self._head)
        base = pose(BASE, self._head.pivot, self._head.scale)
        x, y = (
            side.ravel().astype(np.float32)
            for side in np.meshgrid(
                np.linspace(0, patch.width - 1, _GRID), np.linspace(0, patch.height - 1, _GRID)
            )
        )
        own = np.column_stack([x, y, np.ones(len(x))]).astype(np.float64)
        made = []
        for held in gesture.poses:
            move_x, move_y = self._turn.motion(x + patch.x, y + patch.y, held)
            there = np.column_stack([x + patch.x + move_x, y + patch.y + move_y])
            shown = there.astype(np.float64) @ base[:, :2].T + base[:, 2]
            made.append(np.linalg.lstsq(own, shown)[0].T)
        return np.stack(made).astype(np.float32)


def _lay(there: NDArray[np.uint8], part: NDArray[np.uint8], scale: float) -> None:
    """Write a part over a picture, faded at its edge."""
    edge = max(2.0, 8 * scale)
    height, width = part.shape[:2]
    share = np.clip(from_edge(height, width) / np.float32(edge), 0, 1)[..., None]
    there[:] = np.rint(there + share * (part.astype(np.float32) - there)).astype(np.uint8)
