"""The ring against multiprocessing.Queue, kickmsg and iceoryx2, in one run.

    python -m perf.ring.rivals [--quick] [--json PATH]

Topology, for every contender and size the same:

    coordinator ──spawns──▶ sender   ──frames──▶ receiver
        ▲                                            │
        └──────────── latencies, counts ─────────────┘

The sender is a plain process. The receiver is what an actor is: a process whose frames are
handled in a uvloop event loop. The ring has a reader in that loop: "callback" rows use
`on_ready`, "await" rows `readable()`. The others have only a blocking wait; it runs in a
thread that hands over to the loop (`call_soon_threadsafe`, "callback"), or in the loop's
pool, awaited for each frame (`run_in_executor`, "await"). "no loop" rows leave the loop out
and block the only thread: that transport's floor, which no actor can have.

latency: one frame each 5 ms, from "the frame exists in the sender" to "it is in the hand of
the receiver's handler". "one copy" rows copy it into shared memory within that time; "zero
copy" rows made it there before; "send and receive" is kickmsg's plain API, which takes and
gives bytes. throughput: as many as go in a moment, from the first to the
last in hand. flush: 1000 frames are queued, one interrupt; how long until none can be seen.
Every frame is checked (number and body; in the throughput part its ends), outside the time
measured. Repeats are interleaved, so that a change of the machine meets all contenders.
"""

import gc
import multiprocessing as mp
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from perf.report import Machine, Report, Spread
from perf.ring.transports import CONTENDERS, Address, Contender, RingAddress, Sender, Words

SIZES = {"1.3 kB": 1_312, "77 kB": 76_816, "786 kB": 786_448, "1.4 MB": 1_382_416}
SMALL = "1.3 kB"
PACE = 0.005
WARM_UP = 10
STAMP, BODY = 1, 2
LAST = 2**64 - 1
WAIT = 30.0
QUEUED = 1000
RATIOS = (
    ("ringbuf, one copy, await", "kickmsg, send and receive, await"),
    ("ringbuf, one copy, await", "kickmsg, one copy, await"),
    ("ringbuf, one copy, callback", "kickmsg, one copy, callback"),
    ("ringbuf, zero copy, await", "kickmsg, zero copy, await"),
    ("ringbuf, zero copy, callback", "kickmsg, zero copy, callback"),
)
LEFT_OUT_WHEN_QUICK = ("kickmsg, zero copy, await", "kickmsg, one copy, callback")


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    sizes: tuple[str, ...]
    rounds: int
    paced: int
    burst: float
    flushes: int


FULL = Plan(tuple(SIZES), rounds=4, paced=200, burst=0.4, flushes=500)
QUICK = Plan((SMALL, "786 kB"), rounds=1, paced=60, burst=0.05, flushes=100)


@dataclass
class Taken:
    """What the receivers of one contender and size saw."""

    latencies: list[float] = field(default_factory=list)
    """µs"""
    frames: int = 0
    """In the bursts, which lasted `seconds` together."""
    lost: int = 0
    seconds: float = 0.0

    def add(self, other: "Taken") -> None:
        self.latencies += other.latencies
        self.frames += other.frames
        self.lost += other.lost
        self.seconds += other.seconds


# ---- the two processes -----------------------------------------------------------------


def send(address: Address, copies: bool, plan: Plan, ready: Event, done: Event) -> None:
    """`plan.paced` frames at the pace, then a burst, then LAST; numbered from 0."""
    gc.disable()
    sender = address.sender()
    source = np.zeros(address.words, np.uint64) if copies else None
    ready.wait(WAIT)
    n = 0
    for n in _paced(plan.paced):
        _send_one(sender, source, n, whole=True)
    end = time.monotonic() + plan.burst
    while time.monotonic() < end:
        n += 1
        _send_one(sender, source, n, whole=False)
    _send_one(sender, source, LAST, whole=False)
    done.wait(WAIT)


def _paced(count: int) -> Iterator[int]:
    begin = time.monotonic()
    for n in range(count):
        time.sleep(max(0.0, begin + n * PACE - time.monotonic()))
        yield n


def _send_one(sender: Sender, source: Words | None, n: int, whole: bool) -> None:
    frame = sender.claim() if source is None else source
    if whole:
        frame[BODY:] = n
    frame[0] = frame[-1] = n
    frame[STAMP] = time.monotonic_ns()
    if source is not None:
        sender.claim()[:] = source
    sender.publish()


class Receiver:
    """Takes the time of each frame, then checks it."""

    def __init__(self, paced: int, done: Event) -> None:
        self.taken = Taken()
        self._paced, self._done = paced, done
        self._next, self._burst_began = 0, 0

    def seen(self, words: Words) -> bool:
        now, n = time.monotonic_ns(), int(words[0])
        if n == LAST:
            self.taken.seconds = (now - self._burst_began) / 1e9
            self._done.set()
            return False
        if n < self._next or words[-1] != n:
            raise RuntimeError(f"frame {n} after {self._next - 1}, or torn")
        self.taken.lost += n - self._next
        self._next = n + 1
        if n < self._paced:
            self._latency(now, n, words)
        else:
            self._burst_began = self._burst_began or now
            self.taken.frames += 1
        return True

    def _latency(self, now: int, n: int, words: Words) -> None:
        if n >= WARM_UP:
            self.taken.latencies.append((now - int(words[STAMP])) / 1e3)
        if not (words[BODY:] == n).all():
            raise RuntimeError(f"frame {n} is torn")


def receive(
    address: Address, way: str, plan: Plan, ready: Event, done: Event, answer: Connection
) -> None:
    gc.disable()
    receiver = Receiver(plan.paced, done)
    address.receive(way, ready.set, receiver.seen)
    answer.send(receiver.taken)


# ---- the coordinator -------------------------------------------------------------------


def run(contender: Contender, size: int, plan: Plan) -> Taken:
    """One pair of processes; RuntimeError if either fails or hangs."""
    spawn = mp.get_context("spawn")
    ready, done = spawn.Event(), spawn.Event()
    ours, theirs = spawn.Pipe(duplex=False)
    with closing(contender.address(size // 8)) as address:
        receiver = spawn.Process(
            target=receive, args=(address, contender.way, plan, ready, done, theirs)
        )
        sender = spawn.Process(target=send, args=(address, contender.copies, plan, ready, done))
        receiver.start()
        sender.start()
        theirs.close()
        try:
            if not ours.poll(WAIT):
                raise RuntimeError(f"{contender.name}, {size} bytes: nothing after {WAIT} s")
            taken = ours.recv()
        except EOFError:
            raise RuntimeError(f"{contender.name}, {size} bytes: the receiver died") from None
        finally:
            for process in (sender, receiver):
                process.join(1.0)
                process.kill()
    if not isinstance(taken, Taken):
        raise RuntimeError(f"{contender.name}: {taken!r} is no result")
    return taken


def flush(live: int, flushes: int) -> list[float]:
    """µs from the interrupt until the first poll knows: none seen is of the old epoch."""
    samples = []
    with closing(RingAddress(SIZES[SMALL] // 8, QUEUED + live)) as address:
        control = address.control
        producer = address.ring.producer(control)
        consumer = address.ring.consumer(control)

        def put(count: int) -> None:
            for _ in range(count):
                view = producer.claim()
                if view is None or not producer.publish(control.epoch):
                    raise RuntimeError("the ring would not fill")
                view["words"][0] = control.epoch

        for _ in range(flushes):
            put(QUEUED)
            if live:  # the interrupt came before, and new frames are queued behind the old
                control.advance()
                put(live)
            begin = time.perf_counter_ns()
            if not live:
                control.advance()
            view = consumer.poll()
            samples.append((time.perf_counter_ns() - begin) / 1e3)
            seen = 0
            while view is not None:
                if int(view["words"][0]) != control.epoch:
                    raise RuntimeError("a stale frame was seen after the flush")
                seen += 1
                consumer.release()
                view = consumer.poll()
            if seen != live:
                raise RuntimeError(f"{seen} live frames were seen, {live} were queued")
    return samples


def measure(
    contenders: list[Contender], plan: Plan, say: Callable[[str], None]
) -> dict[str, dict[str, Taken]]:
    taken = {size: {who.name: Taken() for who in contenders} for size in plan.sizes}
    for turn in range(plan.rounds):
        for size in plan.sizes:
            for who in contenders:
                taken[size][who.name].add(run(who, SIZES[size], plan))
        say(f"round {turn + 1} of {plan.rounds} done")
    return taken


def print_all(report: Report, taken: dict[str, dict[str, Taken]]) -> None:
    for size, rows in taken.items():
        spreads = {name: Spread.of(row.latencies) for name, row in rows.items()}
        report.spreads(f"latency, {size} each {PACE * 1e3:.0f} ms", "µs", spreads)
        report.table(f"ratios, {size}", dict(_ratios(spreads)))
        report.table(
            f"throughput, {size}", {n: _speed(row, SIZES[size]) for n, row in rows.items()}
        )


def _ratios(spreads: dict[str, Spread]) -> Iterator[tuple[str, dict[str, str | float]]]:
    """Ours over theirs, the handler in the loop on both sides."""
    for ours, theirs in RATIOS:
        if ours in spreads and theirs in spreads:
            mine, other = spreads[ours], spreads[theirs]
            yield f"{ours} / {theirs}", {"p50": mine.p50 / other.p50, "p99": mine.p99 / other.p99}


def _speed(row: Taken, size: int) -> dict[str, str | float]:
    rate = row.frames / row.seconds
    return {"frames/s": rate, "MB/s": rate * size / 1e6, "lost": str(row.lost)}


def main(
    quick: Annotated[bool, typer.Option(help="two sizes, one round: about 20 s")] = False,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Compare the ring with what else there is."""
    packages = sorted({who.package for who in CONTENDERS if who.package})
    report = Report("ringbuf", Machine.here(["numpy", "uvloop", *packages]))
    report.begin()
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        report.say(f"left out, not installed: pip install {' '.join(missing)}")
    plan = QUICK if quick else FULL
    skipped = LEFT_OUT_WHEN_QUICK if quick else ()
    there = [who for who in CONTENDERS if who.package not in missing and who.name not in skipped]
    print_all(report, measure(there, plan, report.say))
    report.spreads(
        f"flush of {QUEUED} frames",
        "µs",
        {
            "interrupt, then poll: all stale": Spread.of(flush(0, plan.flushes)),
            "poll: one live frame behind them": Spread.of(flush(1, plan.flushes)),
        },
    )
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
