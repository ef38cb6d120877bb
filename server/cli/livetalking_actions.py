"""The custom clips of LiveTalking's --customvideo_config as actions of an imported avatar.

In: its folder, the list's name there, and the avatar that takes them. Out: actions in the avatar's
folder, made as `ringtalk avatar action import` makes them. Reads the list; owns nothing.
"""

# ruff: noqa: PLC0415 - late imports, as in every command

from enum import Enum
from pathlib import Path

import typer

from server.cli import avatar_action
from server.cli.options import cache_of


class ImportedActions(Enum):
    """What became of a list: taken over, in the cache already, or refused."""

    TAKEN = "taken"
    THERE = "there"
    REFUSED = "refused"


def import_actions(
    root: Path, named: str, avatar: str, *, replace: bool, config: Path | None
) -> ImportedActions:
    """Take over the list that is called `named` in LiveTalking's folder `root`, whose paths begin
    there, too. What is refused is said on standard error by then."""
    source = root / named
    if not replace and _has_all(source, root, avatar, config):
        return ImportedActions.THERE
    try:
        avatar_action.import_(avatar, source, root=root, replace=replace, config=config)
    except typer.Exit:
        return ImportedActions.REFUSED
    return ImportedActions.TAKEN


def _has_all(source: Path, root: Path, avatar: str, config: Path | None) -> bool:
    """Whether the avatar has every action of the list; False for a list that cannot be read."""
    from data.action import heads
    from data.imports.actions import listed_actions
    from data.imports.errors import ImportRefused

    try:
        wanted = {one.name for one in listed_actions(source, root)}
    except ImportRefused:
        return False
    return wanted <= {head.name for head in heads(cache_of(config) / "avatars" / avatar)}
