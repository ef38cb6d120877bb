"""Where a prepared avatar lies, and how it gets there.

In: an avatar's name. Out: its clip, mapped. The built-in one is prepared into the
cache when it is first asked for, under the digest of what it is made from, so that
a newer version replaces it. Called in inference and compositor; the mapping is
shared by all who load the same folder.
"""

import shutil
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from data.clip import Clip
from data.head import builtin_folder
from models.face import engines
from models.face.builtin import BuiltinEngine
from runtime.errors import UnknownAvatar

BUILTIN: Final = "builtin"
TEXTS: Final = (".md", ".txt")
"""Files of a folder of assets that say where they come from."""


def clip_of(avatar: str, cache: Path) -> Clip:
    """The avatar's clip; takes seconds when the built-in one has to be prepared.

    Raises UnknownAvatar, or data.clip.AvatarError for a broken folder."""
    home = cache / "avatars"
    if avatar == BUILTIN:
        folder = home / f"{BUILTIN}-{_digest()}"
        if not folder.exists():
            clip = BuiltinEngine().prepare(folder)
            for old in home.glob(f"{BUILTIN}-*"):
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)
            return clip
    else:
        folder = home / avatar
        if avatar.startswith(".") or folder.parent != home or not folder.is_dir():
            raise UnknownAvatar(f"no avatar is called {avatar!r}; there are: {_names(home)}")
    return Clip.load(folder)


def weights_in(cache: Path) -> Path:
    """The folder in which the engines' weights are looked for."""
    return cache / "models"


def _names(home: Path) -> str:
    others = sorted(path.name for path in home.glob("[!.]*") if path.is_dir())
    return ", ".join([BUILTIN, *(o for o in others if not o.startswith(f"{BUILTIN}-"))])


@cache
def _digest() -> str:
    """Of everything that the built-in clip is made from: its assets, not the texts beside
    them, and its code.

    Every call that opens asks; a process reads the files once."""
    digest = blake2b(digest_size=8)
    code = Path(engines.__file__).parent.glob("*.py")
    assets = (path for path in builtin_folder().iterdir() if path.suffix not in TEXTS)
    for path in sorted([*assets, *code]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
