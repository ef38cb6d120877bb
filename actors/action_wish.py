"""What a new action is made with: the avatar's engine, its latents, a sound that can be played.

In: how the action is to be played, its avatar's folder, the file of its sound. Out: the wish for
`data.making.action`. Called by the commands that make actions; networks are loaded when they are
first used and freed with the wish.
"""

from pathlib import Path
from typing import Final

from actors.latents import latents_of
from data.action import ActionHead
from data.clip import Clip
from data.making.action import ActionWish
from data.making.errors import CannotMake
from data.making.make import needs_latents
from models.face.engines import engine_for
from models.sound.decode import open_sound
from models.sound.errors import SoundError

SOUND_SECONDS: Final = 600
"""The longest that an action's own sound may be."""


def wish_for(head: ActionHead, avatar: Path, sound: Path | None, mirrored: bool) -> ActionWish:
    """The wish for an action of the avatar in a folder.

    Raises CannotMake for a sound that is none, or without the weights that the engine needs for its
    faces; data.clip.AvatarError for a broken avatar."""
    engine = engine_for(Clip.load(avatar))
    if sound is not None:
        _require_sound(sound)
    latents = None
    if head.faces and needs_latents(engine):
        latents = latents_of(avatar.parent.parent)
    return ActionWish(head, engine, mirrored, latents, sound)


def _require_sound(sound: Path) -> None:
    try:
        with sound.open("rb") as file, open_sound(file, max_seconds=SOUND_SECONDS):
            pass
    except SoundError as error:
        raise CannotMake(f"{sound.name}: {error}") from error
    except OSError as error:
        raise CannotMake(f"{sound}: cannot be read ({error.strerror or error})") from error
