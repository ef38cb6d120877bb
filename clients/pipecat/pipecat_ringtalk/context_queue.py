"""The contexts that a face is still to say, in order. Owned by the service, in its event loop."""

import asyncio
from collections import deque
from collections.abc import Iterator

from pipecat.frames.frames import TTSAudioRawFrame

from pipecat_ringtalk.spoken_context import SpokenContext


class ContextQueue:
    """Grows with each context that a voice begins, and shrinks as they were heard."""

    def __init__(self) -> None:
        self._contexts: deque[SpokenContext] = deque()
        self._empty = asyncio.Event()
        self._empty.set()

    def __iter__(self) -> Iterator[SpokenContext]:
        return iter(self._contexts)

    def begin(self, context_id: str | None) -> None:
        """A voice begins one."""
        self._contexts.append(SpokenContext(context_id))
        self._empty.clear()

    def spoken(self, frame: TTSAudioRawFrame) -> SpokenContext:
        """The one that this sound is of; it may come without having begun."""
        if not self._contexts or self._contexts[-1].stopped is not None:
            self.begin(frame.context_id)
        return self._contexts[-1]

    @property
    def newest(self) -> SpokenContext | None:
        """The one that the voice is at, or was last."""
        return self._contexts[-1] if self._contexts else None

    @property
    def heard(self) -> SpokenContext | None:
        """The one that is being heard, or is next."""
        return self._contexts[0] if self._contexts else None

    def done(self) -> None:
        """The one that was being heard is over."""
        self._contexts.popleft()
        if not self._contexts:
            self._empty.set()

    def drop_newest(self) -> None:
        """The one that the voice was at will not go on, and nothing of it waits to be heard."""
        self._contexts.pop()
        if not self._contexts:
            self._empty.set()

    @property
    def unheard_seconds(self) -> float:
        """Of all that is in it."""
        return sum(context.unheard_seconds for context in self._contexts)

    def clear(self) -> None:
        """None of them will be heard."""
        self._contexts.clear()
        self._empty.set()

    async def drained(self) -> None:
        """Return when nothing is left to be heard."""
        await self._empty.wait()
