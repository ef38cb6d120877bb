"""A clock that the test turns."""

from collections.abc import Callable

Timer = tuple[float, Callable[[], None]]


class Handle:
    """What cancels a timer."""

    def __init__(self, timers: list[Timer], timer: Timer) -> None:
        self._timers, self._timer = timers, timer

    def cancel(self) -> None:
        if self._timer in self._timers:
            self._timers.remove(self._timer)


class Clock:
    """An event loop's clock and its timers."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[Timer] = []
        self.fired = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> Handle:
        timer = (when, callback)
        self.timers.append(timer)
        return Handle(self.timers, timer)

    def turn(self, seconds: float) -> None:
        """Let time pass; timers fire when they are due."""
        end = self.now + seconds
        while self.timers:
            timer = min(self.timers, key=lambda one: one[0])
            if timer[0] > end:
                break
            self.timers.remove(timer)
            self.now = max(self.now, timer[0])
            self.fired += 1
            timer[1]()
        self.now = end
