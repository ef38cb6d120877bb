"""What the commands share: exit statuses, the option `--config`, and how they fail.

In: a settings file's path, a message. Out: the settings in force, or the end of the command.
Owns nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

if TYPE_CHECKING:
    from runtime.settings import Settings

FAILED: Final = 1
MISUSED: Final = 2

Avatar = Annotated[str | None, typer.Option(help="Who is shown.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Config = Annotated[Path | None, typer.Option(help="Settings file (default: ./ringtalk.toml).")]


def fail(message: str, status: int = FAILED) -> NoReturn:
    """End the command with a message on standard error."""
    typer.echo(f"ringtalk: {message}", err=True)
    raise typer.Exit(status)


def settings_of(config: Path | None, given: Mapping[str, object]) -> "Settings":
    """The settings in force, `given` before all others; ends the command if they are wrong."""
    from runtime.settings import BadSettings, load  # noqa: PLC0415 - late, as in every command

    try:
        return load(config, given)
    except BadSettings as error:
        fail(str(error), MISUSED)


def cache_of(config: Path | None) -> Path:
    """The setting `cache_dir`; ends the command if the settings are wrong."""
    return settings_of(config, {}).cache_dir
