"""The commands `ringtalk avatar action add`, `import`, `list` and `remove`.

In: arguments. Out: an action in an avatar's folder, with a contact sheet; exit status 0 it went
well, 1 it did not, 2 the arguments are wrong. What makes actions is `data`'s, imported by the
command that needs it. Owns nothing.
"""

# ruff: noqa: PLC0415 - the late imports are the point; see above

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from server.cli.options import MISUSED, Config, cache_of, fail
from server.cli.progress import progress

if TYPE_CHECKING:
    from data.action import ActionHead
    from data.making.source import FrameSource

action: Final = typer.Typer(
    help="Clips that an avatar plays beside its idle loop.", no_args_is_help=True
)

Avatar = Annotated[str, typer.Argument(metavar="AVATAR", help="Whose action it is.")]
Name = Annotated[str, typer.Argument(help="The action's name.")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace one of the same name.")]
WhileSpeaking = Annotated[
    bool,
    typer.Option(
        "--while-speaking",
        help="Find the face in every frame, so that it speaks while this is played; else it is "
        "played while nobody speaks.",
    ),
]
Result = TypeVar("Result")


@action.command("add")
def add(
    avatar: Avatar,
    name: Name,
    source: Annotated[
        Path, typer.Option("--from", help="A video: the avatar's person, camera and place.")
    ],
    sound: Annotated[Path | None, typer.Option(help="A sound file that belongs to it.")] = None,
    while_speaking: WhileSpeaking = False,
    loop: Annotated[
        bool, typer.Option("--loop", help="It is played again and again, without a seam.")
    ] = False,
    number: Annotated[int, typer.Option(help="LiveTalking's audiotype of it, from 2 on.")] = 0,
    replace: Replace = False,
    config: Config = None,
) -> None:
    """Make an action of a video."""
    from data.action import ActionHead
    from data.making.source import VideoSource, is_photo

    folder = _folder(avatar, config)
    _require_free(folder, name, replace)
    if not source.is_file():
        fail(f"{source}: no such file")
    _told(lambda: _require_video(is_photo(source), source))
    head = ActionHead(name, while_speaking, loop, number)
    _make(VideoSource(source), source.name, head, folder, sound=sound)


@action.command("import")
def import_(
    avatar: Avatar,
    source: Annotated[
        Path, typer.Argument(help="LiveTalking's JSON (--customvideo_config), or one folder of it.")
    ],
    root: Annotated[
        Path | None, typer.Option(help="The folder that the JSON's paths begin at.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of one folder; default: its own.")] = None,
    sound: Annotated[Path | None, typer.Option(help="Of one folder.")] = None,
    number: Annotated[int, typer.Option(help="Of one folder: its audiotype.")] = 0,
    while_speaking: WhileSpeaking = False,
    replace: Replace = False,
    config: Config = None,
) -> None:
    """Take over LiveTalking's custom clips: folders of numbered pictures, played there and back."""
    from data.action import ActionHead
    from data.imports.actions import ListedAction, action_name, listed_actions
    from data.imports.picture_folder import PictureFolder

    folder = _folder(avatar, config)

    def wanted() -> list[ListedAction]:
        if not source.is_dir():
            return listed_actions(source, root)
        called = name or action_name(source.resolve().name)
        return [ListedAction(called, number, str(source), source, sound)]

    found = _told(wanted)
    for one in found:
        _require_free(folder, one.name, replace)
    for one in found:
        head = ActionHead(one.name, while_speaking, True, one.number, source=one.source)
        pictures = PictureFolder(one.pictures)
        _make(pictures, one.pictures.name, head, folder, sound=one.sound, mirrored=True)


@action.command("list")
def list_actions(avatar: Avatar, config: Config = None) -> None:
    """Show the actions of an avatar."""
    from rich.table import Table

    from actors.avatars import avatars
    from server.cli.tables import print_whole

    rows = {row.name: row for row in avatars(cache_of(config))}
    if avatar not in rows:
        fail(f"no avatar is called {avatar!r}; there are: {', '.join(rows)}")
    table = Table("name", "played", "while speaking", "sound", "number")
    for head in rows[avatar].actions:
        table.add_row(
            head.name,
            "again and again" if head.loop else "once",
            "yes" if head.faces else "no",
            "its own" if head.sound else "",
            str(head.number) if head.number else "",
        )
    print_whole(table)


@action.command("remove")
def remove(avatar: Avatar, name: Name, config: Config = None) -> None:
    """Remove an action; sessions that run keep it."""
    from data.action import heads
    from data.action import remove as remove_action

    folder = _folder(avatar, config)
    try:
        remove_action(folder, name)
    except FileNotFoundError:
        there = ", ".join(head.name for head in heads(folder)) or "none"
        fail(f"{avatar!r} has no action {name!r}; there are: {there}")


def _folder(avatar: str, config: Path | None) -> Path:
    """The avatar's folder; ends the command if there is none, or it is built in."""
    from actors.avatars import folder_of
    from data.avatar_name import is_reserved
    from data.storage import CannotStore, require_writable
    from runtime.errors import UnknownAvatar

    if is_reserved(avatar):
        fail(f"{avatar!r} is built in, and so are its actions; avatars of your own take more")
    try:
        folder = folder_of(avatar, cache_of(config))
        require_writable(folder)
    except (UnknownAvatar, CannotStore) as error:
        fail(str(error))
    return folder


def _require_free(folder: Path, name: str, replace: bool) -> None:
    from data.action import NAME, NAMES_ALLOWED, action_folder

    if not NAME.fullmatch(name):
        fail(f"{name!r} is no name for an action: {NAMES_ALLOWED}", MISUSED)
    if action_folder(folder, name).exists() and not replace:
        fail(f"there is an action {name!r} already; --replace replaces it", MISUSED)


def _require_video(photo: bool, source: Path) -> None:
    from data.making.errors import CannotMake

    if photo:
        raise CannotMake(f"{source.name}: is a photo; an action is made of a video")


def _make(
    source: "FrameSource",
    called: str,
    head: "ActionHead",
    folder: Path,
    *,
    sound: Path | None,
    mirrored: bool = False,
) -> None:
    from actors.action_wish import wish_for
    from data.action import action_folder
    from data.making.action import make_action
    from data.making.sheet import SHEET

    wanted = _told(lambda: wish_for(head, folder, sound, mirrored))

    def made() -> str:
        with progress() as tell:
            return str(make_action(source, called, wanted, folder, tell)[1])

    typer.echo(f"{head.name}: {_told(made)}")
    typer.echo(f"look at {action_folder(folder, head.name) / SHEET}")


def _told(work: Callable[[], Result]) -> Result:
    """What the work gives; ends the command with what is wrong."""
    from data.clip import AvatarError
    from data.imports.errors import ImportRefused
    from data.landmarks.nets import LandmarksMissing
    from data.making.errors import CannotMake

    try:
        return work()
    except (CannotMake, ImportRefused, LandmarksMissing, AvatarError, OSError) as error:
        fail(str(error))
