"""Whether a person has finished, or only pauses: the Smart Turn network, by how they sound.

In: the sound of a turn so far, mono float32 at 16 kHz, of which the last eight seconds count. Out:
how likely it is complete. Runs in ingest's process in a thread of its own (60 ms on one core); owns
that thread and one onnxruntime session, shared by all sessions. Source: Smart Turn v3.2,
https://github.com/pipecat-ai/smart-turn (BSD-2-Clause), from the package pipecat-ai 1.14.0.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from data.hearing.smart_turn import MODEL
from models.hearing.log_mel import SAMPLES, LogMel8

COMPLETE: Final = 0.5
"""From here on the network means that the turn is complete."""
SURE: Final = 0.85
"""From here on it is sure: of a whole sentence it mostly says 0.9 and more."""
_MOST_WAITING: Final = 4
_LATEST_SECONDS: Final = 0.4
"""An opinion that comes later is of no use to anybody."""


class EndOfTurn:
    """The network, loaded once (about 100 ms)."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(MODEL), options, providers=["CPUExecutionProvider"]
        )
        self._mel = LogMel8()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="end-of-turn")
        self._work: set[Future[float]] = set()

    def run(self, sound: NDArray[np.float32]) -> float:
        """How likely the turn in `sound` [n], which ends with its pause, is complete: 0 to 1."""
        heard = sound[-SAMPLES:]
        features = self._mel(np.pad(heard, (SAMPLES - len(heard), 0)))
        return float(self._session.run(None, {"input_features": features[np.newaxis]})[0][0, 0])

    async def complete(self, sound: NDArray[np.float32]) -> float | None:
        """As `run`, in the thread; None at once when too many sessions wait already, and when it
        is late.

        Cancelling frees who waits; what the thread has begun it finishes."""
        if len(self._work) >= _MOST_WAITING:
            return None
        work = self._thread.submit(self.run, sound)
        self._work.add(work)
        work.add_done_callback(self._work.discard)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(work), _LATEST_SECONDS)
        except TimeoutError:
            return None

    async def close(self) -> None:
        """Drop what waits, wait for what runs, free the thread."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
