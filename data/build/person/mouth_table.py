"""Which mouths a person has: the part of `states.json` that both makers of people read.

In: a table's file. Out: the parameters' names and a row of them for each mouth. Pure; owns nothing.
"""

from pathlib import Path

import msgspec

from data.head import MOUTHS_OF, TABLE, builtin_folder


class MouthTable(msgspec.Struct, frozen=True):
    """The part of `states.json` that says which mouths there are."""

    parameters: list[str]
    states: list[list[float]]


def mouth_table(path: Path | None = None, most: int | None = None) -> MouthTable:
    """The first `most` mouth states of a file, by default all that the built-in people have."""
    path = path or builtin_folder() / MOUTHS_OF / TABLE
    table = msgspec.json.decode(path.read_bytes(), type=MouthTable)
    return MouthTable(table.parameters, table.states[:most])
