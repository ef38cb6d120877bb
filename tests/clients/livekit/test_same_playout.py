"""The package's playout and its reader of ticks are those of the server, which it cannot import."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SERVER = ROOT / "actors/egress/outputs/room"
PACKAGE = ROOT / "clients/livekit/livekit/plugins/ringtalk"


def named(path: Path) -> dict[str, str]:
    """Its classes, functions and constants, as code without comments."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = ast.unparse(node)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = ast.unparse(node)
    return found


@pytest.mark.parametrize(
    ("ours", "theirs", "names"),
    [
        ("playout.py", "room_playout.py", ("RoomPlayout", "PlayedSegment", "AHEAD_SECONDS")),
        ("playout.py", "room_playout.py", ("AHEAD_SAMPLES", "STEP_SAMPLES", "_fitted", "QUEUE_MS")),
        ("ticks.py", "tick_wire.py", ("SentTick", "TickFrameKind", "read_tick_frame")),
        ("ticks.py", "tick_wire.py", ("HEADER", "TICK", "HUSH", "VERSION", "LAST", "BREAK")),
    ],
)
def test_both_are_the_same(ours: str, theirs: str, names: tuple[str, ...]) -> None:
    package, server = named(PACKAGE / ours), named(SERVER / theirs)
    assert [name for name in names if package[name] != server[name]] == []
