"""The command `ringtalk migrate`: from a folder of LiveTalking to a settings file and avatars.

In: LiveTalking's folder, and a command line of it. Out: a settings file that only its owner may
read, for it may hold keys; avatars in the cache, the one that is shown with the custom clips as its
actions; and on standard output what has no counterpart.
Nothing of LiveTalking is run, and nothing in its folder is changed. Owns nothing.
"""

# ruff: noqa: PLC0415 - late imports, as in every command

import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from server.cli import avatar as avatars
from server.cli.options import FAILED, MISUSED, Config, cache_of, fail

AVATARS: Final = Path("data", "avatars")
_HEAD: Final = "Made by `ringtalk migrate`; docs/settings.md has every setting."


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("migrate")(migrate)


def migrate(
    folder: Annotated[
        Path, typer.Argument(metavar="LIVETALKING_DIR", exists=True, file_okay=False)
    ],
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- OPTIONS]", help="What LiveTalking is started with, such as -- --tts xtts."
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The settings file.")] = Path(
        "ringtalk.toml"
    ),
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite it, and replace avatars of the same name.")
    ] = False,
    config: Config = None,
) -> None:
    """Take over LiveTalking's config.yaml, .env, avatars and custom clips."""
    if output.exists() and not force:
        fail(f"{str(output)!r} is there already; --force overwrites it", MISUSED)
    if not output.parent.is_dir():
        fail(f"there is no folder {str(output.parent)!r}", MISUSED)

    from server.cli.livetalking_options import CannotRead, read
    from server.cli.livetalking_settings import settings_of

    try:
        there = read(folder, command or [])
    except CannotRead as error:
        fail(str(error))
    names, failed = _import_all(folder / AVATARS, force, config)
    shown = there.values["avatar_id"]
    settings, remarks = settings_of(there, names.get(shown, ""))
    if shown not in names:
        remarks.insert(0, f"avatar_id = {shown}: was not imported; the built-in avatar is shown")
    if clips := there.values["customvideo_config"]:
        failed += not _took_actions(clips, folder, names, shown, force, config, remarks)
    _write(output, settings)
    _check(output)
    typer.echo(f"{output}: written; `ringtalk serve --config {output}` uses it")
    for there_name, name in names.items():
        if there_name != name:
            remarks.append(f"avatar {there_name}: is called {name} here; /offer has to say so")
    for line in remarks:
        typer.echo(f"- {line}")
    raise typer.Exit(FAILED if failed else 0)


def _import_all(home: Path, replace: bool, config: Path | None) -> tuple[dict[str, str], int]:
    """Import every avatar in `home`: its name there and here; and how many were refused."""
    cache, names, failed = cache_of(config) / "avatars", {}, 0
    folders = sorted(one for one in home.iterdir() if one.is_dir()) if home.is_dir() else []
    for source in folders:
        name = name_of(source.name)
        if (cache / name).exists() and not replace:
            typer.echo(f"{name}: is in the cache already")
            names[source.name] = name
            continue
        try:
            avatars.import_(source, name=name, engine=None, replace=replace, config=config)
        except typer.Exit:
            failed += 1  # import_ has said why
        else:
            names[source.name] = name
    return names, failed


def _took_actions(
    clips: str,
    folder: Path,
    names: dict[str, str],
    shown: str,
    replace: bool,
    config: Path | None,
    remarks: list[str],
) -> bool:
    """The custom clips become actions of the avatar that is shown; False if they were refused.

    LiveTalking plays them whoever is shown, so the command for the others is a remark."""
    from server.cli.livetalking_actions import ImportedActions, import_actions

    command = f"ringtalk avatar action import AVATAR {folder / clips} --root {folder}"
    avatar = names.get(shown)
    if avatar is None:
        remarks.append(f"customvideo_config = {clips}: no avatar is there to take it; `{command}`")
        return True
    became = import_actions(folder, clips, avatar, replace=replace, config=config)
    if became is ImportedActions.REFUSED:
        remarks.append(f"customvideo_config = {clips}: was refused (see above); `{command}`")
    elif became is ImportedActions.THERE:
        typer.echo(f"{avatar}: has the actions of {clips} already")
    if len(names) > 1:
        remarks.append(f"customvideo_config = {clips}: {avatar} has them; others: `{command}`")
    return became is not ImportedActions.REFUSED


def name_of(folder: str) -> str:
    """A name that an avatar may have, as near to the folder's as can be."""
    from data.avatar_name import as_avatar_name, is_reserved

    name = as_avatar_name(folder)[:60] or "avatar"
    return f"my_{name}" if is_reserved(name) else name


def _write(output: Path, settings: dict[str, Any]) -> None:
    """The file, readable for its owner alone from its first byte on."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    for name, value in settings.items():
        document.add(name, tomlkit.item(value))
    half = output.with_name(output.name + ".part")
    half.unlink(missing_ok=True)
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(tomlkit.dumps(document))
    half.replace(output)


def _check(output: Path) -> None:
    """What was written is what `serve` takes."""
    from runtime.settings import BadSettings, load

    try:
        load(output)
    except BadSettings as error:
        fail(f"the settings were written, but are not all allowed: {error}")
