"""What /metrics shows of the server itself: its version, its room, its processes.

In: the supervisor's workers, and Linux's /proc by prometheus-client's own collector. Out: families
of metrics, each process's under a label. Runs in the supervisor's process; owns nothing.
"""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from prometheus_client import Metric, ProcessCollector
from prometheus_client.core import GaugeMetricFamily

from runtime.supervisor import Worker

SUPERVISOR: Final = "server"
"""The name of the supervisor's own process, as in the log."""
SHOWN: Final = (
    "process_cpu_seconds",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_max_fds",
    "process_start_time_seconds",
)
"""prometheus-client's families; one of several processes has `ringtalk_` before it, since the names
without belong to the process that is asked."""


def room(sessions: int, capacity: int, *, accepting: bool) -> Iterator[Metric]:
    """How many sessions there are, may be, and whether another could begin now."""
    yield _gauge("ringtalk_sessions", "Sessions that are open.", sessions)
    yield _gauge("ringtalk_capacity", "Sessions that may be open: setting max_calls.", capacity)
    yield _gauge(
        "ringtalk_accepting", "1 where another session could begin now, else 0.", accepting
    )


def build() -> Metric:
    """Which ringtalk this is: always 1, the facts are its labels."""
    family = GaugeMetricFamily(
        "ringtalk_build_info",
        "Always 1; what runs here, as labels.",
        labels=["version", "python", "machine"],
    )
    family.add_metric([_version(), platform.python_version(), platform.machine()], 1)
    return family


def processes(workers: Sequence[Worker]) -> Iterator[Metric]:
    """CPU, memory and descriptors of the supervisor and of every process that is up."""
    pids = {SUPERVISOR: os.getpid()}
    pids |= {one.name: one.process.pid for one in workers if one.process is not None}
    yield from _labelled(pids)


def _labelled(pids: Mapping[str, int]) -> Iterator[Metric]:
    whole: dict[str, Metric] = {}
    for name, pid in pids.items():
        for family in ProcessCollector(pid=partial(int, pid), registry=None).collect():
            if family.name not in SHOWN:
                continue
            shown = f"ringtalk_{family.name}"
            kept = whole.setdefault(shown, Metric(shown, family.documentation, family.type))
            for sample in family.samples:
                kept.add_sample(f"ringtalk_{sample.name}", {"process": name}, sample.value)
    yield from whole.values()


def _gauge(name: str, meaning: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, meaning)
    family.add_metric([], float(value))
    return family


def _version() -> str:
    try:
        return version("ringtalk")
    except PackageNotFoundError:
        return "unknown"
