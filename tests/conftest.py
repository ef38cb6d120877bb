"""Which tests may run beside each other, where pytest-xdist shares them out (`make test`).

The groups are told to xdist's scheduler, not by its mark `xdist_group`: that is written into a
test's `_nodeid`, which pytest 9.2 does not read any more, and nothing says so.
"""

import gc
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

HERE: Final = Path(__file__).parent
REALTIME_GROUP: Final = "realtime"
REALTIME: Final = (
    "actors/egress/outputs/test_output.py",
    "actors/egress/outputs/test_whip_link.py",
    "actors/egress/test_actor.py",
    "actors/egress/test_audience.py",
    "actors/egress/webrtc/test_peer",
    "actors/egress/webrtc/test_release.py",
    "actors/inference/test_inference_actor.py",
    "actors/egress/outputs/room/",
    "clients/",
    "e2e/",
    "perf/client/test_client.py",
    "perf/client/test_voice.py",
    "runtime/test_supervisor.py",
    "server/api/test_livetalking.py",
    "server/cli/test_serve.py",
    "server/cli/test_speak",
    "server/sessions/test_appearance",
    "server/sessions/test_manager",
    "server/sessions/test_operations_watch.py",
)
"""How the paths of tests begin that live in real time: with the processes of the actors, with
WebRTC's two ends, or with a browser in a call."""


ELSEWHERE: Final = {"clients/livekit": "livekit.agents", "clients/pipecat": "pipecat"}
"""Folders of tests that need a package which the server's environment does not have."""


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """All tests in real time are one group, which is run by one worker; the tests of every other
    file are a group of their own."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid.partition("::")[0].removeprefix(f"{HERE.name}/"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling:
    """Whatever `--dist` says."""
    return GroupScheduling(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in real time, and put them first: they take longest."""
    for item in items:
        if _group(item.path.relative_to(HERE).as_posix()) == REALTIME_GROUP:
            item.add_marker(pytest.mark.realtime)
    items.sort(key=lambda item: item.get_closest_marker(REALTIME_GROUP) is None)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """What runs in an environment of its own (`make test-livekit`) is left out of the others."""
    apart = ELSEWHERE.get(collection_path.relative_to(HERE).as_posix())
    return True if apart is not None and find_spec(apart) is None else None


def pytest_collection_finish() -> None:
    """Keep all that the imports made out of the garbage collector's sight: a test that looks for
    a leak would go through it each time, for a third of a second."""
    gc.collect()
    gc.freeze()


def _group(path: str) -> str:
    return REALTIME_GROUP if path.startswith(REALTIME) else path
