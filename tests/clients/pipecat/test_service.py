"""The service in a real pipeline, with a real server: order, silence, and a face that is away."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    MetricsFrame,
    OutputImageRawFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.metrics.metrics import TTFBMetricsData
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner
from pipecat_ringtalk import HoldSpeechFrame, ResumeSpeechFrame, RingtalkVideoService
from pipecat_ringtalk.service import CUSHION

from tests.clients.pipecat.conftest import Server

RATE = 24000
NOBODY = "http://127.0.0.1:9"


def tone(seconds: float) -> bytes:
    at = np.arange(round(RATE * seconds)) / RATE
    return np.rint(9000 * np.sin(2 * np.pi * 300 * at)).astype("<i2").tobytes()


def spoken(seconds: float, name: str = "a") -> list[Frame]:
    """What a voice pushes for one context, as fast as it can."""
    sound, piece = tone(seconds), RATE // 10 * 2
    pieces: list[Frame] = [
        TTSAudioRawFrame(sound[at : at + piece], RATE, 1, name)
        for at in range(0, len(sound), piece)
    ]
    return [TTSStartedFrame(context_id=name), *pieces, TTSStoppedFrame(context_id=name)]


class Sink(FrameProcessor):
    """Keeps what comes down, and wakes who waits for something in it."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self.came = asyncio.Condition()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        async with self.came:
            self.frames.append(frame)
            self.came.notify_all()
        await self.push_frame(frame, direction)

    async def until(self, enough: Callable[["Sink"], bool]) -> None:
        async with self.came:
            await self.came.wait_for(lambda: enough(self))

    def of(self, kind: type[Frame]) -> list[Frame]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    @property
    def sound(self) -> bytes:
        return b"".join(f.audio for f in self.frames if isinstance(f, TTSAudioRawFrame))

    def loud(self) -> int:
        """Frames in which something is heard."""
        return sum(
            bool(levels(frame.audio).max(initial=0) > 500)
            for frame in self.frames
            if isinstance(frame, TTSAudioRawFrame)
        )


class Source(FrameProcessor):
    """Keeps the errors that go up."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[ErrorFrame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, ErrorFrame):
            self.errors.append(frame)
        await self.push_frame(frame, direction)


def levels(sound: bytes) -> NDArray[np.int16]:
    return np.abs(np.frombuffer(sound, "<i2"))


Story = Callable[[PipelineWorker, Source, Sink], Awaitable[None]]


def played(service: RingtalkVideoService, story: Story) -> tuple[Source, Sink]:
    """Run the story in a pipeline, then end it; what came out."""

    async def body() -> tuple[Source, Sink]:
        source, sink = Source(), Sink()
        worker = PipelineWorker(
            Pipeline([source, service, sink]),
            params=PipelineParams(enable_metrics=True),
            cancel_on_idle_timeout=False,
            enable_rtvi=False,
        )
        begun = asyncio.Event()

        @worker.event_handler("on_pipeline_started")
        async def started(_worker: PipelineWorker, _frame: Frame) -> None:
            begun.set()

        async def tell() -> None:
            await begun.wait()
            await story(worker, source, sink)
            await worker.queue_frame(EndFrame())

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            group.create_task(tell())
        return source, sink

    return asyncio.run(body())


async def queue(worker: PipelineWorker, frames: Sequence[Frame]) -> None:
    await worker.queue_frames(frames)


def test_a_sentence_comes_back_whole_with_pictures_and_ends_when_it_was_heard(
    server: Server,
) -> None:
    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await queue(worker, spoken(1.0))

    service = RingtalkVideoService(url=server.url)
    source, sink = played(service, story)
    assert source.errors == []
    kinds = [type(frame) for frame in sink.frames]
    assert kinds.count(TTSStartedFrame) == kinds.count(TTSStoppedFrame) == 1
    last = max(at for at, kind in enumerate(kinds) if kind is TTSAudioRawFrame)
    assert last < kinds.index(TTSStoppedFrame), "the end is told behind the last sound"
    assert kinds.index(TTSStoppedFrame) < kinds.index(EndFrame), "the pipeline's end waits for it"
    heard = levels(sink.sound[len(CUSHION) :])
    assert len(heard) / 48000 == pytest.approx(1.04, abs=0.05)
    assert (heard > 500).sum() / len(heard) > 0.9
    assert len(sink.of(OutputImageRawFrame)) >= 20
    picture = sink.of(OutputImageRawFrame)[-1]
    assert isinstance(picture, OutputImageRawFrame)
    assert (picture.size, picture.format) == ((512, 512), "RGB")
    assert len(picture.image) == 512 * 512 * 3
    metrics = [frame for frame in sink.frames if isinstance(frame, MetricsFrame)]
    assert any(isinstance(one, TTFBMetricsData) for frame in metrics for one in frame.data)


def test_a_face_on_another_machine_is_watched_over_webrtc(server: Server) -> None:
    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await sink.until(lambda sink: len(sink.of(OutputImageRawFrame)) > 3)
        await queue(worker, [*spoken(1.0, "a"), *spoken(0.6, "b")])
        await sink.until(lambda sink: len(sink.of(TTSStoppedFrame)) == 2)
        await queue(worker, spoken(4.0, "c"))
        heard = sink.loud()
        await sink.until(lambda sink: sink.loud() > heard + 8)
        await queue(worker, [InterruptionFrame()])
        pictures = len(sink.of(OutputImageRawFrame))
        await sink.until(lambda sink: len(sink.of(OutputImageRawFrame)) > pictures + 15)

    service = RingtalkVideoService(url=server.url, remote=True)
    source, sink = played(service, story)
    assert source.errors == []
    ends = [frame.context_id for frame in sink.frames if isinstance(frame, TTSStoppedFrame)]
    assert ends == ["a", "b"]
    loud = dict.fromkeys("abc", 0.0)
    for frame in sink.frames:
        if isinstance(frame, TTSAudioRawFrame) and frame.context_id in loud:
            loud[frame.context_id] += (levels(frame.audio) > 500).sum() / 48000
    assert loud["a"] + loud["b"] == pytest.approx(1.6 * 0.97, abs=0.12)
    assert loud["c"] < 1.5, "it was interrupted"
    cut = max(at for at, one in enumerate(sink.frames) if isinstance(one, InterruptionFrame))
    assert not [one for one in sink.frames[cut:] if isinstance(one, TTSAudioRawFrame)]
    picture = sink.of(OutputImageRawFrame)[-1]
    assert isinstance(picture, OutputImageRawFrame)
    assert picture.size == (512, 512)


def test_contexts_end_in_order_also_those_in_which_nothing_is_said(server: Server) -> None:
    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        silent = [TTSStartedFrame(context_id="b"), TTSStoppedFrame(context_id="b")]
        await queue(worker, [*spoken(0.3, "a"), *silent, *spoken(0.3, "c")])

    _, sink = played(RingtalkVideoService(url=server.url), story)
    ends = [frame.context_id for frame in sink.frames if isinstance(frame, TTSStoppedFrame)]
    assert ends == ["a", "b", "c"]
    names = [frame.context_id for frame in sink.frames if isinstance(frame, TTSAudioRawFrame)]
    assert names == sorted(names)


def test_an_interruption_passes_at_once_and_nothing_of_before_is_heard_after_it(
    server: Server,
) -> None:
    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await queue(worker, spoken(5.0))
        await sink.until(lambda sink: sink.loud() >= 10)
        await queue(worker, [InterruptionFrame(), InterruptionFrame()])
        await sink.until(lambda sink: len(sink.of(InterruptionFrame)) == 2)
        pictures = len(sink.of(OutputImageRawFrame))
        await sink.until(lambda sink: len(sink.of(OutputImageRawFrame)) > pictures + 15)
        await queue(worker, spoken(0.5, "b"))

    _, sink = played(RingtalkVideoService(url=server.url), story)
    first = next(at for at, one in enumerate(sink.frames) if isinstance(one, InterruptionFrame))
    after = sink.frames[first:]
    names = {frame.context_id for frame in after if isinstance(frame, TTSAudioRawFrame)}
    assert names == {"b"}, "of the sentence that was cut off nothing comes any more"
    ends = [frame.context_id for frame in sink.frames if isinstance(frame, TTSStoppedFrame)]
    assert ends == ["b"]
    said = b"".join(one.audio for one in after if isinstance(one, TTSAudioRawFrame))
    assert len(said) / 96000 == pytest.approx(0.56, abs=0.08)


def test_speech_that_was_held_goes_on_where_it_was(server: Server) -> None:
    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await queue(worker, spoken(1.5))
        await sink.until(lambda sink: sink.loud() >= 8)
        await queue(worker, [HoldSpeechFrame()])
        pictures = len(sink.of(OutputImageRawFrame))
        await sink.until(lambda sink: len(sink.of(OutputImageRawFrame)) > pictures + 20)
        held = sink.loud()
        await sink.until(lambda sink: len(sink.of(OutputImageRawFrame)) > pictures + 40)
        assert sink.loud() == held, "nothing is heard while it is held"
        await queue(worker, [ResumeSpeechFrame()])

    _, sink = played(RingtalkVideoService(url=server.url), story)
    assert (levels(sink.sound) > 500).sum() / 48000 == pytest.approx(1.5 * 0.98, abs=0.1)
    assert len(sink.of(TTSStoppedFrame)) == 1


def test_a_face_that_is_away_lets_sound_pass_as_it_came() -> None:
    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await queue(worker, spoken(0.5))

    source, sink = played(RingtalkVideoService(url=NOBODY), story)
    assert sink.sound == tone(0.5)
    assert len(sink.of(TTSStoppedFrame)) == 1
    assert any("the face is away, its sound passes" in one.error for one in source.errors)


def test_a_face_that_dies_in_a_sentence_leaves_the_rest_to_the_voice(
    mortal: Callable[[], Server],
) -> None:
    server = mortal()

    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await queue(worker, spoken(2.0))
        await sink.until(lambda sink: sink.loud() >= 10)
        server.kill()
        await sink.until(lambda sink: bool(sink.of(TTSStoppedFrame)))
        await queue(worker, spoken(0.4, "b"))

    source, sink = played(RingtalkVideoService(url=server.url), story)
    assert any("the face is away" in one.error for one in source.errors)
    seconds = Counter[str | None]()
    for frame in sink.frames:
        if isinstance(frame, TTSAudioRawFrame):
            seconds[frame.context_id] += len(frame.audio) / 2 / frame.sample_rate
    assert seconds["a"] == pytest.approx(2.0, abs=0.15), "all of it was heard, once"
    assert seconds["b"] == pytest.approx(0.4)


@pytest.mark.parametrize("frames", [[], spoken(0.3)[1:-1]])
@pytest.mark.parametrize("away", [True, False])
def test_a_voice_that_breaks_off_does_not_keep_the_pipeline_from_its_end(
    server: Server, frames: list[Frame], away: bool
) -> None:
    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await queue(worker, [TTSStartedFrame(context_id="a"), *frames])

    _, sink = played(RingtalkVideoService(url=NOBODY if away else server.url), story)
    assert len(sink.of(EndFrame)) == 1
    loud = (levels(sink.sound) > 500).sum()
    rate = RATE if away else 48000
    assert loud / rate == pytest.approx(0.3 * 0.96 if frames else 0, abs=0.05)


def test_an_end_while_speech_is_held_lets_it_finish(server: Server) -> None:
    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await queue(worker, spoken(1.0))
        await sink.until(lambda sink: sink.loud() >= 5)
        await queue(worker, [HoldSpeechFrame()])

    _, sink = played(RingtalkVideoService(url=server.url), story)
    assert (levels(sink.sound) > 500).sum() / 48000 == pytest.approx(0.98, abs=0.1)
    assert len(sink.of(TTSStoppedFrame)) == 1


def test_it_may_be_stopped_and_cleaned_up_twice(server: Server) -> None:
    service = RingtalkVideoService(url=server.url)

    async def story(worker: PipelineWorker, source: Source, sink: Sink) -> None:
        await sink.until(lambda sink: bool(sink.of(OutputImageRawFrame)))

    played(service, story)
    asyncio.run(service.cleanup())
