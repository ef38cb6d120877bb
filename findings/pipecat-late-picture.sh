#!/usr/bin/env bash
# Pipecat: after one live picture that comes late, the next ones are no longer spaced.
#
# Expected: an output that sends live pictures at a framerate (TransportParams.video_out_is_live,
# video_out_framerate=25) sends them 40 ms apart, and takes up its rhythm again behind a picture that
# came 60 ms late, as a player does.
# What happens: the time of the next picture is counted from the first one by an index that stands
# still whenever a picture is late. So from the late one on every picture that waits leaves at once,
# in one burst, and pictures that are handed over faster than they are shown are not spaced at all,
# until 200 ms are made up; then the count begins anew.
# Why it matters: a face's mouth jumps ahead of its voice, since sound is paced elsewhere; whoever
# hands over a sentence's pictures at once sees them within a few milliseconds after one hiccup.
# Version: pipecat-ai 1.14.0. Source: https://github.com/pipecat-ai/pipecat (transports/base_output.py).
# Ringtalk's service (clients/pipecat) hands over one picture a tick, and of late ones the newest.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pipecat-ai==1.14.0
"$folder/venv/bin/python" - <<'PY' 2>/dev/null
import asyncio
import sys
import time

from pipecat.frames.frames import EndFrame, OutputImageRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

SIDE, COUNT, LATE = 8, 16, 5


class Output(BaseOutputTransport):
    def __init__(self):
        params = TransportParams(
            video_out_enabled=True, video_out_is_live=True, video_out_framerate=25,
            video_out_width=SIDE, video_out_height=SIDE,
        )
        super().__init__(params)
        self.shown = []

    async def start(self, frame):
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_video_frame(self, frame):
        self.shown.append(time.monotonic())
        return True


def picture():
    return OutputImageRawFrame(bytes(SIDE * SIDE * 3), (SIDE, SIDE), "RGB")


async def main():
    output = Output()
    worker = PipelineWorker(Pipeline([output]), enable_rtvi=False, cancel_on_idle_timeout=False)
    begun = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def started(_worker, _frame):
        begun.set()

    async def hand_over():
        await begun.wait()
        for number in range(LATE):
            await worker.queue_frame(picture())
            await asyncio.sleep(0.04)
        await asyncio.sleep(0.1)
        for number in range(COUNT - LATE):
            await worker.queue_frame(picture())
        await asyncio.sleep(1.0)
        await worker.queue_frame(EndFrame())

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await asyncio.gather(runner.run(), hand_over())
    gaps = [1000 * (b - a) for a, b in zip(output.shown, output.shown[1:])]
    after = gaps[LATE:]
    print("gaps in ms:", " ".join(f"{gap:.0f}" for gap in gaps))
    burst = sum(gap < 10 for gap in after)
    print(f"of {len(after)} pictures behind the late one, {burst} left within 10 ms of the one before")
    sys.exit("Pipecat spaces them now" if burst < 3 else 0)


asyncio.run(main())
PY
