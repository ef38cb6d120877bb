"""A Pipecat agent with a face: a browser talks with it over WebRTC.

python agent.py                        # model, voice and transcriber are stand-ins: no key
OPENAI_API_KEY=… python agent.py --openai
python agent.py --face http://localhost:8010 --avatar mira --port 7860

In: a person's voice, from the page at http://localhost:7860. Out: the face's picture and sound. It
wants a ringtalk server of this machine (`make serve`); without one it speaks with no face. Whoever
talks over the face makes it wait; if that was no speech, it goes on.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Final

from aiohttp import web
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import InterruptionWorkerFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport
from pipecat.workers.runner import WorkerRunner
from pipecat_ringtalk import RingtalkVideoService, RingtalkVideoSettings
from stand_ins import serve

SIDE: Final = 512
RATE: Final = 48_000
PROMPT: Final = "You are a friendly guide. Answer in one or two short sentences."


class Agent:
    """One pipeline for each browser that comes."""

    def __init__(self, face: str, avatar: str, services: str, key: str) -> None:
        self._face, self._avatar = face, avatar
        self._services, self._key = services, key
        self._workers: list[PipelineWorker] = []
        self._running: set[asyncio.Task[None]] = set()

    async def offer(self, request: web.Request) -> web.Response:
        """POST /api/offer: {sdp, type}; its answer."""
        offered = await request.json()
        connection = SmallWebRTCConnection()
        await connection.initialize(offered["sdp"], offered["type"])
        task = asyncio.create_task(self._talk(connection))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return web.json_response(connection.get_answer())

    async def say(self, request: web.Request) -> web.Response:
        """POST /say: {text} is spoken by all faces."""
        text = (await request.json())["text"]
        for worker in self._workers:
            await worker.queue_frame(TTSSpeakFrame(text))
        return web.json_response({})

    async def interrupt(self, _: web.Request) -> web.Response:
        """POST /interrupt: as if somebody had talked over it."""
        for worker in self._workers:
            await worker.queue_frame(InterruptionWorkerFrame())
        return web.json_response({})

    async def _talk(self, connection: SmallWebRTCConnection) -> None:
        params = TransportParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_out_sample_rate=RATE,
            audio_out_10ms_chunks=1,
            video_out_enabled=True,
            video_out_is_live=True,
            video_out_width=SIDE,
            video_out_height=SIDE,
            video_out_framerate=25,
        )
        transport = SmallWebRTCTransport(connection, params)
        worker = self._worker(transport)

        @transport.event_handler("on_client_disconnected")
        async def gone(_transport: SmallWebRTCTransport, _client: object) -> None:
            await worker.cancel()

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        self._workers.append(worker)
        try:
            await runner.run()
        finally:
            self._workers.remove(worker)

    def _worker(self, transport: SmallWebRTCTransport) -> PipelineWorker:
        given = {"api_key": self._key, "base_url": self._services}
        context = LLMContext([{"role": "system", "content": PROMPT}])
        listening = LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
        both = LLMContextAggregatorPair(context, user_params=listening)
        face = RingtalkVideoService(
            url=self._face,
            settings=RingtalkVideoSettings(avatar=self._avatar or None),
            hold_on_voice=True,
        )
        steps = [
            transport.input(),
            OpenAISTTService(**given),
            both.user(),
            OpenAILLMService(**given),
            OpenAITTSService(**given),
            face,
            transport.output(),
            both.assistant(),
        ]
        return PipelineWorker(Pipeline(steps), params=PipelineParams(enable_metrics=True))


async def page(_: web.Request) -> web.FileResponse:
    """GET /."""
    return web.FileResponse(Path(__file__).with_name("page.html"))


async def main() -> None:
    """Serve until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--face", default="http://localhost:8010", help="the ringtalk server")
    parser.add_argument("--avatar", default="", help="empty: the server's own choice")
    parser.add_argument("--port", type=int, default=7860)
    parser.add_argument("--openai", action="store_true", help="OpenAI's services, not stand-ins")
    given = parser.parse_args()
    services = "https://api.openai.com/v1" if given.openai else await serve()
    key = "" if given.openai else "none"
    agent = Agent(given.face, given.avatar, services, key)
    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_post("/api/offer", agent.offer)
    app.router.add_post("/say", agent.say)
    app.router.add_post("/interrupt", agent.interrupt)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", given.port).start()
    print(f"open http://localhost:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
