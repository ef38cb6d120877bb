"""What the commands share: exit statuses, the option `--config`, and how they fail.

In: a settings file's path, a message. Out: the cache's folder, or the end of the command. Owns
nothing.
"""

from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

FAILED: Final = 1
MISUSED: Final = 2

Config = Annotated[Path | None, typer.Option(help="Settings file (default: ./ringtalk.toml).")]


def fail(message: str, status: int = FAILED) -> NoReturn:
    """End the command with a message on standard error."""
    typer.echo(f"ringtalk: {message}", err=True)
    raise typer.Exit(status)


def cache_of(config: Path | None) -> Path:
    """The setting `cache_dir`; ends the command if the settings are wrong."""
    from runtime.settings import BadSettings, load  # noqa: PLC0415 - late, as in every command

    try:
        return load(config, {}).cache_dir
    except BadSettings as error:
        fail(str(error), MISUSED)
