"""The commands `ringtalk models list`, `pull`, `check` and `convert`.

In: arguments. Out: tables and verdicts on standard output, weights in the cache; exit status
0 it went well, 1 it did not, 2 the arguments are wrong. What weights are is the actors', imported
by the command that needs it. Owns nothing.
"""

# ruff: noqa: PLC0415 - the late imports are the point; see above

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from server.cli.options import FAILED, MISUSED, AsJson, Config, cache_of, fail

if TYPE_CHECKING:
    from actors.weights import WeightSet, WeightsHeld, WeightsVerdict

_MB: Final = 1_000_000

models: Final = typer.Typer(
    help="Fetch, list, check and convert the weights of the face engines.", no_args_is_help=True
)

Replace = Annotated[bool, typer.Option("--replace", help="Replace what is there already.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(models, name="models")


@models.command("list")
def list_models(config: Config = None, as_json: AsJson = False) -> None:
    """Show the weight sets: for which engine, whether they are here, and where."""
    from rich.table import Table

    from actors.weights import holdings
    from server.cli.tables import print_json, print_whole

    rows = [
        {
            "name": held.wanted.name,
            "for engine": ", ".join(held.engines),
            "state": _state(held),
            "size": _size(held),
            "path": str(held.inventory.home),
        }
        for held in holdings(cache_of(config))
    ]
    if as_json:
        print_json(rows)
        return
    table = Table("name", "for engine", "state", "size", "path")
    for row in rows:
        table.add_row(*row.values())
    print_whole(table)


@models.command("pull")
def pull(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Engines or weight sets; see `list`.")
    ],
    revision: Annotated[
        str | None, typer.Option(help="Of the repository, e.g. main (default: a tried commit).")
    ] = None,
    replace: Replace = False,
    config: Config = None,
) -> None:
    """Fetch weights from the hub; an engine's name fetches all that it needs.

    What was cut short goes on; what has not the published hash is not kept. HF_ENDPOINT
    chooses a mirror, HF_TOKEN gives access.
    """
    from actors.weights import EngineError, named

    cache = cache_of(config)
    try:
        sets = named(names)
    except EngineError as error:
        fail(str(error), MISUSED)
    failed = False
    for each in sets:
        try:
            failed |= not _pull(cache, each, revision, replace)
        except (EngineError, OSError) as error:
            failed = True
            typer.echo(f"ringtalk: {error}", err=True)
    raise typer.Exit(FAILED if failed else 0)


@models.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="A weights file, or a folder of them.", exists=True)],
    engine: Annotated[
        str | None, typer.Option(help="Whose weights they should be (default: by their keys).")
    ] = None,
) -> None:
    """Say which network weights are for, and every key that is missing, unexpected or misshapen."""
    from actors import weights

    try:
        if engine is not None:
            weights.require_weighted(engine)
    except weights.EngineError as error:
        fail(str(error), MISUSED)
    try:
        files = weights.check_files(path)
    except weights.EngineError as error:
        fail(str(error))
    failed = False
    for file in files:
        try:
            verdict = weights.check(file, engine)
        except weights.EngineError as error:
            failed = True
            typer.echo(f"ringtalk: {error}", err=True)
        else:
            failed |= bool(verdict.problems)
            _tell_verdict(verdict, weights.called(verdict))
    raise typer.Exit(FAILED if failed else 0)


@models.command("convert")
def convert(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A .pth, .pt, .bin or .ckpt file.")],
    target: Annotated[
        Path | None, typer.Argument(metavar="[DST]", help="Default: beside it, .safetensors.")
    ] = None,
    replace: Replace = False,
) -> None:
    """Write weights of `torch.save` as safetensors; nothing in the file is run."""
    from actors.weights import EngineError
    from actors.weights import convert as to_safetensors

    try:
        made = to_safetensors(source, target, replace=replace)
    except (EngineError, OSError) as error:
        fail(str(error))
    copied = f", {made.shared} of which shared their memory" if made.shared else ""
    typer.echo(f"{made.path}: {made.tensors} tensors, {made.numbers:,} numbers{copied}")


def _pull(cache: Path, each: "WeightSet", revision: str | None, replace: bool) -> bool:
    """Fetch one set; False when it has to be fetched by hand and is not there."""
    from actors.weights import holding, place_of, pull_set
    from server.cli.download_bar import DownloadBar

    if each.hub is None:
        if holding(cache, each).inventory.whole:
            typer.echo(f"{each.name}: there already")
            return True
        typer.echo(f"{each.name} is not on the hub: {each.elsewhere}")
        typer.echo(f"put it at {place_of(cache, each)}")
        return each.with_avatar
    typer.echo(f"{each.name}: {each.what}; {each.hub.repository}; licence: {each.licence}")
    with DownloadBar() as bar:
        for pulled in pull_set(cache, each, bar.tell, revision=revision, replace=replace):
            checked = "" if pulled.state == "kept" else ", its hash is right"
            bar.say(f"{pulled.path}: {pulled.state}, {_mb(pulled.size)}{checked}")
    return True


def _tell_verdict(verdict: "WeightsVerdict", called: list[str]) -> None:
    """One line; below it every problem."""
    kind = verdict.kind
    what = f"{kind.what}, for {' and '.join(kind.engines)}"
    count = len(verdict.problems)
    wrong = f", but {count} {'key is' if count == 1 else 'keys are'} wrong:" if count else ""
    typer.echo(f"{verdict.path}: {what}; {verdict.numbers:,} numbers{wrong}")
    for problem in verdict.problems:
        typer.echo(f"  {problem}")
    if called:
        typer.echo(f"  in the folder of weights its name is {' or '.join(called)}")


def _state(held: "WeightsHeld") -> str:
    if held.inventory.whole:
        return "[green]present[/]"
    if held.inventory.found:
        return f"[yellow]incomplete[/], lacks {', '.join(held.inventory.missing)}"
    return "missing" if held.wanted.hub else "missing, not on the hub"


def _size(held: "WeightsHeld") -> str:
    return _mb(held.inventory.size) if held.inventory.found else f"about {held.wanted.about} MB"


def _mb(size: int) -> str:
    return f"{size / _MB:.1f} MB" if size >= _MB // 10 else f"{size} bytes"
