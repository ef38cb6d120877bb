"""How well sessions are placed: a thousand nodes, twelve thousand sessions, the gateway's own code.

    arrivals ──▶ a gateway's view (a second old) ──▶ choose ──▶ node ──▶ talk ──▶ end
                                                                 └─ dies: its sessions arrive again

    python -m perf.fleet.simulation --json FILE.json --plot FILE.svg

In: how many of both. Out: for each way to choose, the part of the places that is used, the part of
arrivals that is refused, and the part of the sessions' time on nodes that are late. Each way meets
the same fleet, with the same seed. `simulated_fleet.py` says what is a model here.
"""

from pathlib import Path
from random import Random
from typing import Annotated, Final

import typer

from perf.fleet.policies import POLICIES
from perf.fleet.simulated_fleet import fleet_of
from perf.fleet.simulated_time import Outcome, Simulation
from perf.report import Machine, Report
from perf.svg import curves, standalone

LOADS: Final = (0.7, 0.8, 0.9, 1.0, 1.1)
"""Parts of `sessions` that are tried, for the plot."""
BOUND: Final = "clairvoyant"


def shares(outcome: Outcome) -> dict[str, float]:
    """In percent: places used, arrivals refused, session time on late nodes."""
    return {
        "used %": 100 * outcome.seconds / outcome.places,
        "refused %": 100 * outcome.refused / max(1, outcome.arrivals),
        "for want of a GPU %": 100 * outcome.refused_gpu / max(1, outcome.arrivals),
        "late %": 100 * outcome.late / max(1.0, outcome.seconds),
        "cut": outcome.cut,
        "not back": outcome.lost,
        "arrivals": outcome.arrivals,
    }


def bound_of(outcome: Outcome) -> dict[str, float]:
    """The same, of the clairvoyant."""
    return {
        "used %": 100 * outcome.bound_seconds / outcome.places,
        "refused %": 100 * outcome.bound_refused / max(1, outcome.arrivals),
        "late %": 100 * outcome.bound_late / max(1.0, outcome.bound_seconds),
    }


def tried(nodes: int, sessions: int, seconds: int, seed: int) -> dict[str, dict[str, float]]:
    """Every way to choose with so many sessions, and the bound."""
    rows: dict[str, dict[str, float]] = {}
    for name, policy in POLICIES.items():
        fleet = fleet_of(nodes, Random(seed))
        outcome = Simulation(fleet, policy, Random(seed + 1)).run(sessions, seconds)
        rows[name] = shares(outcome)
        rows.setdefault(BOUND, bound_of(outcome))
    return rows


def plot(at: dict[int, dict[str, dict[str, float]]], figure: str, up: str) -> str:
    """One figure of every way over the load."""
    names = next(iter(at.values()))
    lines = {name: [(load, rows[name][figure]) for load, rows in at.items()] for name in names}
    return standalone(curves(up, "sessions at once, offered", figure, lines))


def main(
    nodes: Annotated[int, typer.Option(min=2)] = 1000,
    sessions: Annotated[int, typer.Option(min=2)] = 12_000,
    seconds: Annotated[int, typer.Option(min=1, help="That are simulated.")] = 300,
    seed: int = 1,
    json: Annotated[Path | None, typer.Option(help="Write the whole result.")] = None,
    plots: Annotated[Path | None, typer.Option("--plot", help="Write the curves, SVG.")] = None,
) -> None:
    """Compare ways to place sessions in a fleet that is simulated."""
    places = sum(node.capacity for node in fleet_of(nodes, Random(seed)))
    report = Report(f"Placement: {nodes} nodes, {places} places, {seconds} s", Machine.here())
    report.begin()
    at: dict[int, dict[str, dict[str, float]]] = {}
    for load in (round(sessions * part) for part in LOADS):
        at[load] = tried(nodes, load, seconds, seed)
        table = {name: dict(row) for name, row in at[load].items()}
        report.table(f"{load} sessions", table)  # type: ignore[arg-type]  # floats are allowed
    if json is not None:
        report.write(json)
    if plots is not None:
        plots.write_text(plot(at, "late %", "Session time on nodes that are late") + "\n")


if __name__ == "__main__":
    typer.run(main)
