"""A client's silence, on a clock that the test turns."""

import pytest

from actors.egress.webrtc.liveness import Liveness
from tests.actors.egress.webrtc.scripted_clock import Clock


class Watch:
    def __init__(self) -> None:
        self.clock = Clock()
        self.told: list[tuple[str, float]] = []
        self.liveness = Liveness(
            self.clock,
            6.0,
            15.0,
            on_quiet=lambda: self._tell("quiet"),
            on_back=lambda: self._tell("back"),
            on_lost=lambda: self._tell("lost"),
        )

    def _tell(self, what: str) -> None:
        self.told.append((what, self.clock.now - 100))

    def run(self, seconds: int, *, hears: bool, sends: bool = True) -> None:
        for _ in range(seconds * 25):
            if sends:
                self.liveness.sent()
            if hears:
                self.liveness.heard()
            self.clock.turn(0.04)

    @property
    def words(self) -> list[str]:
        return [what for what, _ in self.told]


def test_a_client_that_reports_is_left_alone() -> None:
    watch = Watch()
    watch.run(60, hears=True)
    assert watch.told == []


def test_silence_is_first_quiet_and_then_lost() -> None:
    watch = Watch()
    watch.run(60, hears=False)
    assert watch.words == ["quiet", "lost"]
    assert [at for _, at in watch.told] == pytest.approx([6, 15], abs=0.5)
    assert not watch.clock.timers


def test_a_client_that_comes_back_is_not_lost() -> None:
    watch = Watch()
    watch.run(8, hears=False)
    watch.run(1, hears=True)
    watch.run(5, hears=False)
    assert watch.words == ["quiet", "back"]
    watch.run(12, hears=False)
    assert watch.words == ["quiet", "back", "quiet", "lost"]


def test_who_is_sent_nothing_need_not_report() -> None:
    watch = Watch()
    watch.run(5, hears=False)
    watch.run(600, hears=False, sends=False)
    assert watch.told == []
    assert watch.clock.fired < 5 * 605


def test_close_stops_the_timer() -> None:
    watch = Watch()
    watch.liveness.close()
    assert not watch.clock.timers
    watch.liveness.heard()
    assert watch.told == []
