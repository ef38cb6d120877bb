"""What /metrics says of the server itself and of its processes."""

import asyncio
import os
import platform
import sys

import uvloop
from prometheus_client import Metric

from actors.table import TABLE
from runtime.supervisor import Worker
from server.sessions.process_metrics import build, processes, room


def values(family: Metric) -> dict[str, float]:
    return {sample.labels.get("process", ""): sample.value for sample in family.samples}


def test_the_build_is_told_by_its_labels() -> None:
    (sample,) = build().samples
    assert sample.value == 1
    assert sample.labels["python"] == platform.python_version()
    assert sample.labels["version"]


def test_room() -> None:
    found = {one.name: one.samples[0].value for one in room(3, 12, accepting=False)}
    assert found == {"ringtalk_sessions": 3, "ringtalk_capacity": 12, "ringtalk_accepting": 0}


def test_every_process_that_is_up_has_its_own_figures() -> None:
    async def body() -> None:
        other = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "print(flush=True); input()"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert other.stdout is not None
        await other.stdout.readline()  # from now on it is itself, with its own memory
        up, down = Worker("voice", (TABLE[0],)), Worker("face", (TABLE[1],))
        up.process = other  # type: ignore[assignment]  # only its pid is read
        found = {one.name: values(one) for one in processes([up, down])}
        other.kill()
        await other.wait()
        memory = found["ringtalk_process_resident_memory_bytes"]
        assert set(memory) == {"server", "voice"}
        assert min(memory.values()) > 1_000_000
        assert found["ringtalk_process_open_fds"]["server"] >= 3
        assert found["ringtalk_process_cpu_seconds"]["server"] > 0

    uvloop.run(body())


def test_a_process_that_is_just_gone_is_left_out() -> None:
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)

    class Gone:
        pid = gone

    worker = Worker("voice", (TABLE[0],))
    worker.process = Gone()  # type: ignore[assignment]  # only its pid is read
    found = {one.name: values(one) for one in processes([worker])}
    assert set(found["ringtalk_process_resident_memory_bytes"]) == {"server"}
