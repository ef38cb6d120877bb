"""The commands `ringtalk profile`, `ringtalk capacity` and `ringtalk trace`.

In: arguments. Out: exit status 0, 1 where a goal was missed or the server did not answer, 2 for
arguments that are wrong. The measuring itself is perf's, which is imported by the command that
needs it. Owns nothing.
"""

# ruff: noqa: PLC0415 - the late imports are the point; see above

from pathlib import Path
from typing import Annotated, Final

import typer

from server.cli.options import FAILED, MISUSED, Avatar, Config, fail, settings_of

PATIENCE: Final = 30.0
DEFAULT_URL: Final = "http://localhost:8010"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("profile")(profile)
    app.command("capacity")(capacity)
    app.command("trace")(trace)


def profile(
    url: Annotated[
        str | None, typer.Option(help="A server that runs (LiveTalking too); else one is started.")
    ] = None,
    calls: Annotated[int, typer.Option(min=0, help="Sessions at once, at most.")] = 8,
    seconds: Annotated[float, typer.Option(min=3, help="Of each level of load.")] = 20.0,
    out: Annotated[Path, typer.Option(help="Folder for profile.json and profile.html.")] = Path(
        "profile"
    ),
    quick: Annotated[bool, typer.Option("--quick", help="A look of a minute.")] = False,
    mouth: Annotated[
        str | None,
        typer.Option(help="Another face's mouth: LEFT,TOP,RIGHT,BOTTOM, parts of the picture."),
    ] = None,
) -> None:
    """Measure a server at WebRTC clients: latencies, sessions at once, CPU."""
    from perf.client.api import Refused
    from perf.client.mouth import region_of
    from perf.sessions.profile import plan
    from perf.sessions.profile import profile as measure
    from perf.sessions.target import NoServer

    try:
        reached = measure(url, plan(calls, seconds, quick), region_of(mouth), out)
    except (NoServer, Refused, ValueError) as error:
        fail(str(error), MISUSED)
    raise typer.Exit(0 if reached else FAILED)


def capacity(
    plan: Annotated[
        bool, typer.Option("--plan", help="Work it out from a minute with a few sessions.")
    ] = False,
    avatar: Avatar = None,
    most: Annotated[int, typer.Option(min=1, help="Without --plan: sessions, at most.")] = 32,
    seconds: Annotated[float, typer.Option(min=3, help="Without --plan: of each level.")] = 20.0,
    config: Config = None,
) -> None:
    """How many sessions may speak at once here, and what bounds it; `max_calls = auto` uses the
    plan."""
    import uvloop

    from perf.client.api import Refused
    from perf.report import Machine, Report
    from perf.sessions import plan as planning
    from perf.sessions.capacity import PACKAGES, capacity_of
    from perf.sessions.target import NoServer, target
    from runtime.capacity_plan import keep_plan

    settings = settings_of(config, {"avatar": avatar})
    report = Report("sessions that speak at once", Machine.here(PACKAGES))
    report.begin()
    given = {"RINGTALK_AVATAR": settings.avatar, "RINGTALK_CACHE_DIR": str(settings.cache_dir)}
    try:
        with target(None, planning.TRIED if plan else most, settings=given) as server:
            if not plan:
                capacity_of(server, most, seconds, report)
                return
            found = uvloop.run(planning.measured(server, settings.avatar, report))
    except (NoServer, Refused) as error:
        fail(str(error))
    keep_plan(settings.cache_dir, found)
    typer.echo(
        f"{found.calls} sessions of {found.avatar} may speak at once; more would want more of: "
        f"{found.bound}. `max_calls = auto` uses this."
    )


def trace(
    output: Annotated[Path, typer.Option("--output", "-o", help="The JSON file to write.")],
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How far to look back.")] = 10.0,
    url: Annotated[str, typer.Option(help="The server.")] = DEFAULT_URL,
) -> None:
    """Write what every stage did with every tick lately; opens in ui.perfetto.dev.

    A server with keys wants one that may operate: RINGTALK_API_KEY in the environment."""
    import json
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    from runtime.client_key import key_headers

    if not output.parent.is_dir():
        fail(f"cannot write {str(output)!r}: there is no folder {str(output.parent)!r}", MISUSED)
    if not url.startswith(("http://", "https://")):
        fail(f"--url {url!r}: an address such as {DEFAULT_URL} is wanted", MISUSED)
    address = f"{url.rstrip('/')}/trace?seconds={seconds:g}"
    try:
        with urlopen(Request(address, headers=key_headers()), timeout=PATIENCE) as answer:
            found = answer.read()
    except HTTPError as error:
        fail(f"{address}: the server answers {error.code} {error.reason}")
    except OSError as error:
        fail(f"{address}: {error}; is a server running there?")
    try:
        events = json.loads(found)["traceEvents"]
    except (ValueError, KeyError, TypeError):
        fail(f"{address}: the answer is no trace; is this ringtalk?")
    output.write_bytes(found)
    ticks = sum(event.get("ph") == "s" for event in events)
    typer.echo(f"{output}: {ticks} spoken ticks, {len(events)} events; open it in ui.perfetto.dev")
