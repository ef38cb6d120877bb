"""A folder of numbered pictures, as LiveTalking plays them, for what is made of pictures.

In: a folder. Out: uint8 BGR pictures, as often as they are asked for. Runs where actions are
imported; owns the open file while it reads. Errors are `ImportRefused`.
"""

from collections.abc import Iterator
from pathlib import Path

from data.imports.errors import ImportRefused
from data.imports.pictures import numbered, read
from data.transparency import SourcePicture


class PictureFolder:
    """A folder of numbered pictures; see `FrameSource`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def expected(self) -> int:
        """How many there are."""
        return len(tuple(numbered(self._folder)))

    def pictures(self) -> Iterator[SourcePicture]:
        """In the order of their numbers; ImportRefused if one has another size than the first."""
        size: tuple[int, ...] | None = None
        for path in numbered(self._folder).values():
            picture = read(path)
            size = size or picture.seen.shape
            if picture.seen.shape != size:
                raise ImportRefused(
                    f"{path}: {picture.seen.shape[1]} x {picture.seen.shape[0]}, the first one is "
                    f"{size[1]} x {size[0]}"
                )
            yield picture
