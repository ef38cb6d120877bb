"""The flight recorder, the trace made from it, its routes and its command."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
import typer
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from perf.sessions.stages import first_steps
from runtime.layouts import Flag, Stage
from runtime.messages import Envelope, TraceRead
from runtime.packets import PACKET_LIMIT
from runtime.ports import Mark
from runtime.settings import Settings
from runtime.trace import PAGE, PICTURE, ROW, SOUND, UNSENT, FlightRecorder, rows_of
from server.api.dependencies import wire
from server.api.routes import trace
from server.cli import perf
from server.sessions.trace_format import LANES, Lanes, trace_json, waterfall
from tests.server.service_recorder import Recorder

MS = 1_000_000


def mark(tick: int, begun: int, *, utterance: int = 1) -> Mark:
    """A tick that waited 1 ms for each stage and stayed 10 ms in each."""
    stamps = np.zeros((len(Stage), 2), np.int64)
    if utterance:
        for stage in Stage:
            stamps[stage] = begun + 11 * stage * MS, begun + (11 * stage + 10) * MS
    else:
        stamps[Stage.COMPOSITOR] = begun, begun + 2 * MS
        stamps[Stage.EGRESS, 0] = begun + 3 * MS
    stamps[Stage.EGRESS, 1] = 0
    return Mark(0, utterance, Flag(0), tick, stamps)


def flown(ticks: int, *, kept: int = 100) -> FlightRecorder:
    flight = FlightRecorder(kept)
    for tick in range(ticks):
        begun = (1 + 40 * tick) * MS
        flight.left("abc", mark(tick, begun), begun + 50 * MS)
    return flight


def test_the_oldest_ticks_are_forgotten() -> None:
    rows = rows_of([flown(25, kept=10).page(0)])
    assert rows["tick"].tolist() == list(range(15, 25))


def test_pages_follow_each_other_and_fit_a_message() -> None:
    flight = flown(PAGE + 5, kept=PAGE + 5)
    first = flight.page(0)
    assert len(first) == PAGE * ROW.itemsize
    last = flight.page(int(rows_of([first])["left"][-1]))
    assert rows_of([first, last])["tick"].tolist() == list(range(PAGE + 5))
    assert flight.page(int(rows_of([last])["left"][-1])) == b""
    envelope = Envelope(2**31, True, "egress", TraceRead(first))
    assert len(msgspec.msgpack.encode(envelope)) < PACKET_LIMIT


def test_packets_find_their_tick_unless_it_was_forgotten() -> None:
    flight = flown(12, kept=10)
    flight.sent("abc", SOUND, 11)
    flight.sent("abc", PICTURE, 11)
    flight.sent("abc", SOUND, 0)
    flight.sent("other", SOUND, 10)
    rows = rows_of([flight.page(0)])
    assert np.flatnonzero(rows[SOUND]).tolist() == [9]
    assert rows[PICTURE][9] >= rows[SOUND][9] > 0


def test_only_the_newest_ticks_wait_for_their_packets() -> None:
    flight = flown(UNSENT + 5, kept=UNSENT + 10)
    for tick in (4, 5):
        flight.sent("abc", SOUND, tick)
    rows = np.concatenate([rows_of([page]) for page in pages(flight)])
    assert rows["tick"][rows[SOUND] > 0].tolist() == [5]
    assert len(rows) == UNSENT + 5


def pages(flight: FlightRecorder) -> Iterator[bytes]:
    after = 0
    while page := flight.page(after):
        yield page
        after = int(rows_of([page])["left"][-1])


def test_several_processes_rows_are_put_in_order() -> None:
    assert rows_of([flown(3).page(0), flown(2).page(0)])["tick"].tolist() == [0, 0, 1, 1, 2]
    assert len(rows_of([])) == 0


def with_wire() -> Any:
    """Three spoken ticks and an idle one, 40 ms apart, whose packets were sent."""
    flight = FlightRecorder(10)
    for tick in range(4):
        begun = (1 + 40 * tick) * MS
        flight.left("abc", mark(tick, begun, utterance=tick < 3), begun + 50 * MS)
    rows = rows_of([flight.page(0)]).copy()
    rows[SOUND] = rows["left"] + MS
    rows[PICTURE] = rows["left"] + 4 * MS
    return rows


def test_a_spoken_tick_can_be_followed_to_the_wire() -> None:
    events = json.loads(trace_json(with_wire()))["traceEvents"]
    arrows = [event for event in events if event.get("id") == 1 and event["ph"] in "stf"]
    assert [event["ph"] for event in arrows] == ["s", "t", "t", "t", "t", "t", "f"]
    assert [event["pid"] for event in arrows] == [0, 1, 2, 3, 4, 5, 6]
    assert [event["ts"] for event in arrows] == sorted(event["ts"] for event in arrows)
    slices = {(e["pid"], e["tid"], e["ts"]) for e in events if e["ph"] == "X"}
    assert all((event["pid"], event["tid"], event["ts"]) in slices for event in arrows)
    assert not any(event.get("id") == 3 for event in events)
    assert {e["args"]["name"] for e in events if e["name"] == "process_name"} >= {
        "ingest",
        "egress",
        "wire: sound",
    }


def test_the_first_ticks_way_is_read_from_a_trace() -> None:
    rows = with_wire()
    rows["flags"][1] = Flag.FIRST | Flag.BREAK
    way = {step.stage: step for step in first_steps(trace_json(rows))}
    assert way["ingest"].count == 1
    assert (way["features"].queue_p50, way["features"].stay_p50) == pytest.approx((1, 10))
    assert (way["wire: sound"].queue_p50, way["wire: sound"].stay_p50) == pytest.approx((0, 1))
    assert (way["wire: picture"].queue_p50, way["wire: picture"].stay_p50) == pytest.approx((0, 4))
    assert first_steps(b"") == first_steps(b"{}") == first_steps(b"<html>") == []


def test_an_empty_trace_is_a_trace() -> None:
    empty = json.loads(trace_json(rows_of([])))
    assert not [event for event in empty["traceEvents"] if event["ph"] == "X"]
    assert waterfall(rows_of([])) == []


def test_the_waterfall_is_the_medians_of_spoken_ticks() -> None:
    steps = {step.stage: (step.wait, step.work) for step in waterfall(with_wire())}
    assert steps["ingest"] == (0.0, 10.0)
    assert steps["features"] == (1.0, 10.0)
    assert steps["egress"] == (1.0, 6.0)
    assert steps["wire: picture"] == (0.0, 4.0)


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 300)), max_size=60))
def test_slices_of_one_lane_never_overlap(spans: list[tuple[int, int]]) -> None:
    lanes = Lanes()
    busy: dict[int, int] = {}
    for begin, length in sorted(spans):
        lane, shown = lanes.place(0, 0, begin, begin + length)
        assert 0 <= lane < LANES
        assert begin <= shown <= max(begin + length, busy.get(lane, 0))
        assert shown >= min(busy.get(lane, 0), begin + length)
        busy[lane] = begin + length


def ask(path: str) -> httpx.Response:
    service = Recorder()
    service.rows = with_wire().tobytes()
    app = FastAPI()
    app.include_router(trace.router)
    wire(app, service, Settings())

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get(path)

    answer = asyncio.run(get())
    if answer.status_code == 200:
        assert service.asked[0][0] == "trace"
    return answer


def test_the_routes_look_back() -> None:
    assert ask("/trace?seconds=3").json()["traceEvents"]
    answer = ask("/latency").json()
    assert answer["code"] == 0
    assert answer["data"][0] == {"stage": "ingest", "wait": 0.0, "work": 10.0}
    trace.Waterfall.model_validate(answer)


@pytest.mark.parametrize("seconds", ["0", "-1", "61", "soon"])
def test_the_routes_are_bounded(seconds: str) -> None:
    assert ask(f"/trace?seconds={seconds}").status_code == 422


class Answering(BaseHTTPRequestHandler):
    """Answers /trace with a trace, and anything below /odd with a page."""

    def do_GET(self) -> None:
        body = b"<html>" if self.path.startswith("/odd") else trace_json(with_wire())
        self.send_response(404 if self.path.startswith("/none") else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answering) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    perf.register(app)
    return app


def test_the_command_writes_a_trace(app: typer.Typer, server: str, tmp_path: Path) -> None:
    out = tmp_path / "trace.json"
    done = CliRunner().invoke(app, ["trace", "--url", server, "-o", str(out)])
    assert done.exit_code == 0, done.stderr
    assert json.loads(out.read_bytes())["traceEvents"]
    assert "3 spoken ticks" in done.stdout


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [("/odd", 1, "no trace"), ("/none", 1, "404"), ("ftp://a", 2, "is wanted")],
)
def test_the_command_says_what_went_wrong(
    app: typer.Typer, server: str, tmp_path: Path, path: str, status: int, told: str
) -> None:
    url = path if "://" in path else server + path
    done = CliRunner().invoke(app, ["trace", "--url", url, "-o", str(tmp_path / "a.json")])
    assert done.exit_code == status
    assert told in done.stderr
    assert not (tmp_path / "a.json").exists()


def test_the_command_needs_a_folder(app: typer.Typer, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["trace", "-o", str(tmp_path / "none" / "a.json")])
    assert done.exit_code == 2
    assert "there is no folder" in done.stderr


@pytest.mark.parametrize("given", [["--url", "ftp://x"], ["--mouth", "1,2"]])
def test_profile_refuses_what_makes_no_sense(app: typer.Typer, given: list[str]) -> None:
    done = CliRunner().invoke(app, ["profile", *given])
    assert done.exit_code == 2
    assert given[0] in done.stderr
