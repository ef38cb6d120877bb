"""The client against the real server: that it hears, sees and counts what is there.

What it measures is not judged here: no figure is asserted, only that each was found.
"""

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import numpy as np
import pytest
import uvloop

from perf.client import flow
from perf.client.api import Api, Refused
from perf.client.mouth import BUILTIN
from perf.client.session import ClientSession
from perf.client.trials import LEARN_SECONDS, Trials, connecting
from perf.report import Machine, Report
from perf.sessions.capacity import search
from perf.sessions.load import CrowdProcess
from perf.sessions.target import NoServer, Target, target

Result = TypeVar("Result")
CALLS = 3


@pytest.fixture(scope="module")
def server() -> Iterator[Target]:
    with target(None, CALLS) as running:
        yield running


def calling(
    server: Target, work: Callable[[Trials], Awaitable[Result]], seconds: float = 3.0
) -> Result:
    """Run `work` in a session that has watched the idle face for `seconds`."""

    async def run() -> Result:
        api = Api(server.url)
        try:
            async with ClientSession(api, listens=True) as session:
                return await work(await Trials.begin(session, seconds))
        finally:
            api.close()

    return uvloop.run(run())


def test_onset_silence_and_lips_are_found(server: Target) -> None:
    async def work(trials: Trials) -> None:
        for begin in (trials.sound_onset, trials.text_onset):
            onset = await begin()
            assert onset.sound is not None
            assert onset.mouth is not None
            assert await trials.session.api.is_speaking(trials.session.id)
            silence = await trials.silence()
            assert silence.mouth is not None
            last = trials.sounds.heard[-1]
            assert not last.loud
        assert not await trials.stolen("text")
        offsets = await trials.lips(3)
        assert len(offsets) == 3
        assert abs(np.median(offsets)) < 200
        assert trials.frames.broken == 0
        assert trials.session.sound.lost == trials.session.pictures.lost == 0
        steps = np.diff([arrival.timestamp for arrival in trials.session.sound.arrivals])
        assert min(steps) == 960
        assert not any(steps % 960), "a stalled machine leaves out whole packets, never parts"

    calling(server, work, LEARN_SECONDS)


def test_the_eye_can_be_shut_and_opened(server: Target) -> None:
    async def work(trials: Trials) -> None:
        trials.frames.shut()
        seen = len(trials.frames.seen)
        await trials.settle()
        assert len(trials.frames.seen) <= seen + 1
        await trials.look()
        assert len(trials.frames.seen) > seen
        assert trials.frames.broken == 0

    calling(server, work)


def test_a_call_is_refused_with_the_servers_words(server: Target) -> None:
    async def run() -> None:
        api = Api(server.url)
        try:
            with pytest.raises(Refused, match="no session has the session id") as refused:
                await api.interrupt("nobody")
            assert refused.value.status == 404
            assert await connecting(api, BUILTIN) is not None
        finally:
            api.close()

    uvloop.run(run())


def test_a_crowd_speaks_and_is_counted(server: Target) -> None:
    report = Report("test", Machine.here())
    tried = uvloop.run(search(server, 1, 3.0, report))
    level = tried[1]
    assert level.speaking == 1
    [caller] = level.crowd.callers
    assert len(caller.fps) >= 2
    assert sum(caller.fps) > 25
    assert not level.crowd.failures
    assert [line for line in server.metrics().splitlines() if line.startswith("ringtalk_stage")]
    assert len(server.names()) == len(server.processes()) > 1


def test_a_crowd_tells_how_many_were_refused(server: Target) -> None:
    async def run() -> None:
        async with CrowdProcess(server.url, CALLS + 1, 10.0) as crowd:
            assert (crowd.ready.calls, crowd.ready.refused) == (CALLS, 1)
            assert "503" in crowd.ready.refusal
            await asyncio.sleep(1)
            level = await crowd.end()
            assert not level.holds

    uvloop.run(run())


def test_arrivals_are_on_the_senders_time_line(server: Target) -> None:
    async def work(trials: Trials) -> float:
        session = trials.session
        late = flow.lateness(session.pictures, (0, 2**62))
        assert len(late) > 50
        reports = list(session.reports)
        ends = [
            flow.sender_seconds(reports, kind, pace.arrivals[-1].timestamp, pace.rate)
            for kind, pace in (("audio", session.sound), ("video", session.pictures))
        ]
        assert None not in ends
        return abs(float(ends[0] or 0) - float(ends[1] or 0))

    assert calling(server, work) < 0.2


def test_where_nobody_listens() -> None:
    api = Api("http://127.0.0.1:1")
    with pytest.raises(Refused, match="/offer: ConnectionRefusedError"):
        asyncio.run(api.offer("v=0"))
    api.close()
    with pytest.raises(ValueError, match="--url"):
        Api("localhost:8010")


def test_a_server_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGTALK_CODEC", "av1")
    with pytest.raises(NoServer, match="ended with 2"), target(None, 1):
        pass


def test_the_trace_is_served(server: Target) -> None:
    with urllib.request.urlopen(f"{server.url}/trace?seconds=60", timeout=10) as answer:
        assert any(event["ph"] == "f" for event in json.load(answer)["traceEvents"])
