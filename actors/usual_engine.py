"""For which face engine an avatar is made if nobody says: a neural one whose weights are there.

In: the cache's folder. Out: an engine's name. Called where an avatar is made; looks at names in a
file system only.
"""

from pathlib import Path
from typing import Final

from actors.avatars import weights_in
from models.face.engine import BUILTIN_ENGINE
from models.face.published import NEEDS, SETS
from models.face.weight_inventory import inventory

_PREFERRED: Final = ("wav2lip256", "musetalk", "wav2lip", "musetalk1")
"""Engines that show anybody, in the order in which they are looked for."""


def usual_engine(cache: Path) -> str:
    """The first neural engine all of whose weights are there, else the built-in one."""
    weights = weights_in(cache)
    for engine in _PREFERRED:
        if all(inventory(weights, SETS[name]).whole for name in NEEDS[engine]):
            return engine
    return BUILTIN_ENGINE
