"""Which tests may run beside each other, where pytest-xdist shares them out (`make test`)."""

import gc
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
REALTIME: Final = (
    "actors/egress/outputs/test_output.py",
    "actors/egress/outputs/test_whip_link.py",
    "actors/egress/test_actor.py",
    "actors/egress/test_audience.py",
    "actors/egress/webrtc/test_peer",
    "actors/egress/webrtc/test_release.py",
    "actors/inference/test_inference_actor.py",
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put all tests in real time into one group, which is run first and by one worker, and
    the tests of every other file into a group of their own."""
    groups = {item: _group(item.path.relative_to(HERE).as_posix()) for item in items}
    for item, group in groups.items():
        if group == "realtime":
            item.add_marker(pytest.mark.realtime)
        if config.pluginmanager.hasplugin("xdist"):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: groups[item] != "realtime")


def pytest_collection_finish() -> None:
    """Keep all that the imports made out of the garbage collector's sight: a test that looks for
    a leak would go through it each time, for a third of a second."""
    gc.collect()
    gc.freeze()


def _group(path: str) -> str:
    return "realtime" if path.startswith(REALTIME) else path
