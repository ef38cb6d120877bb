"""The commands `ringtalk avatar create`, `import` and `list`.

In: arguments. Out: a folder in the cache, with a contact sheet; exit status 0 it went well,
1 it did not, 2 the arguments are wrong. What makes avatars is `data`'s, imported by
the command that needs it. Owns nothing.
"""

# ruff: noqa: PLC0415 - the late imports are the point; see above

from pathlib import Path
from typing import Annotated, Final

import typer

from server.cli.avatar_action import action
from server.cli.options import MISUSED, AsJson, Config, cache_of, fail
from server.cli.progress import progress

avatar: Final = typer.Typer(
    help="Make, import and list avatars, and what their bodies do.", no_args_is_help=True
)

Replace = Annotated[bool, typer.Option("--replace", help="Replace one of the same name.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    avatar.add_typer(action, name="action")
    app.add_typer(avatar, name="avatar")


@avatar.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it will be called.")],
    source: Annotated[Path, typer.Option("--from", help="A video or a photo of one person.")],
    engine: Annotated[
        str | None,
        typer.Option(
            help="builtin (needs no weights), wav2lip, wav2lip256, musetalk, musetalk1 or "
            "ultralight. Default: the first whose weights are there, else builtin."
        ),
    ] = None,
    face: Annotated[
        int | None, typer.Option(min=1, help="Which of several faces, from the left.")
    ] = None,
    background: Annotated[
        str | None,
        typer.Option(help="Instead of the photo's or clip's own: #rrggbb or a picture."),
    ] = None,
    replace: Replace = False,
    config: Config = None,
) -> None:
    """Make an avatar of a video or a photo."""
    folder = _folder(name, config, replace)

    from actors.avatar_report import report_on
    from actors.latents import order_of
    from actors.usual_engine import usual_engine
    from data.clip import AvatarError
    from data.landmarks.nets import LandmarksMissing
    from data.making.beside import PREVIEW, REPORT
    from data.making.errors import CannotMake
    from data.making.make import AvatarFigures, make_avatar
    from data.making.photo_layers import background_of
    from data.making.sheet import SHEET

    if engine is None:
        engine = usual_engine(folder.parent.parent)
        typer.echo(f"{name} is made for the engine {engine}; --engine chooses another")
    try:
        behind = None if background is None else background_of(background)
        wanted = order_of(folder.parent.parent, name, engine, face=face, background=behind)
    except CannotMake as error:
        fail(str(error))
    except ValueError as error:
        fail(str(error), MISUSED)
    try:
        with progress() as tell:
            clip, figures = make_avatar(source, wanted, folder, tell)
        report = None if isinstance(figures, AvatarFigures) else report_on(clip, folder, figures)
    except (CannotMake, LandmarksMissing, AvatarError, OSError) as error:
        fail(str(error))
    typer.echo(f"{name}: {figures}")
    typer.echo(f"look at {folder / SHEET}")
    if report is not None:
        typer.echo(f"in speech: {report}")
        typer.echo(f"look at {folder / PREVIEW}; {folder / REPORT} has the figures")


@avatar.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A folder of LiveTalking or MuseTalk.")],
    name: Annotated[str | None, typer.Option(help="Default: the folder's name, in ASCII.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="musetalk (1.5) or musetalk1; wav2lip or wav2lip256 (default: by the faces' "
            "size); ultralight is recognised."
        ),
    ] = None,
    replace: Replace = False,
    config: Config = None,
) -> None:
    """Take over an avatar folder of LiveTalking or MuseTalk; nothing in it is run."""
    called = name or _name_from(source)
    folder = _folder(called, config, replace)

    from data.clip import AvatarError
    from data.imports.errors import ImportRefused
    from data.imports.folders import import_folder
    from data.making.sheet import SHEET

    try:
        with progress() as tell:
            clip = import_folder(source, called, folder, tell, engine)
        if clip.engine == "ultralight":
            _keep_network(source / "ultralight.pth", folder)
    except (ImportRefused, AvatarError, OSError) as error:
        fail(str(error))
    size = f"{clip.width} x {clip.height}"
    typer.echo(
        f"{called}: {clip.engine}, {size}, faces of {clip.face_size[0]} px, {len(clip.loop)} frames"
    )
    typer.echo(f"look at {folder / SHEET}")


@avatar.command("list")
def list_avatars(config: Config = None, as_json: AsJson = False) -> None:
    """Show the avatars that there are."""
    from dataclasses import asdict

    from rich.markup import escape
    from rich.table import Table

    from actors.avatars import avatars
    from server.cli.tables import print_json, print_whole

    if as_json:
        print_json(
            [
                {**asdict(entry), "actions": [action.name for action in entry.actions]}
                for entry in avatars(cache_of(config))
            ]
        )
        return
    table = Table("name", "engine", "picture", "background", "prepared")
    broken = []
    for row in avatars(cache_of(config)):
        if row.broken:
            table.add_row(escape(row.name), "broken", "", "", "")
            broken.append(f"{row.name}: {row.broken}")
            continue
        behind = "any" if row.replaceable else "its own"
        there = "yes" if row.prepared else "by the first session"
        table.add_row(escape(row.name), row.engine, f"{row.width} x {row.height}", behind, there)
    print_whole(table)
    for line in broken:
        typer.echo(line)


def _folder(name: str, config: Path | None, replace: bool) -> Path:
    """Where the avatar goes; ends the command if the name is no name, or taken."""
    from data.avatar_name import BadAvatarName, require_name
    from data.storage import CannotStore, require_writable

    try:
        require_name(name)
    except BadAvatarName as error:
        fail(str(error), MISUSED)
    folder = _home(config) / name
    try:
        require_writable(folder.parent)
    except CannotStore as error:
        fail(str(error))
    if folder.exists() and not replace:
        fail(f"there is an avatar {name!r} already; --replace replaces it", MISUSED)
    return folder


def _name_from(source: Path) -> str:
    """The name of a folder as an avatar's; ends the command where nothing is left of it."""
    from data.avatar_name import BadAvatarName, as_avatar_name, require_name

    found = source.resolve().name
    name = as_avatar_name(found)
    try:
        require_name(name or found)
    except BadAvatarName as error:
        fail(f"{error}; say another: --name NAME", MISUSED)
    if name != found:
        typer.echo(f"{found!r} is called {name}; --name NAME calls it otherwise", err=True)
    return name


def _keep_network(network: Path, folder: Path) -> None:
    """Copy an Ultralight avatar's own network to where the engine looks for it, whole."""
    import shutil

    from actors.avatars import weights_in
    from data.staging import staged_file

    home = weights_in(folder.parent.parent) / "ultralight"
    with staged_file(home / f"{folder.name}.pth") as half:
        shutil.copyfile(network, half)


def _home(config: Path | None) -> Path:
    return cache_of(config) / "avatars"
