"""A LiveKit agent with a face, and nothing in it that needs a key or a GPU.

    python example.py           # no room: type, and it answers; the film of it is face.mp4
    python example.py "Hello."  # the same, with what you would type
    python example.py dev       # in rooms: LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET

Without a room the face is in local mode; a ringtalk server is started if none listens, and keeps a
film of what the agent would publish. In a room the server joins; with RINGTALK_MODE=local the agent
publishes. The model is a stand-in that answers a few questions; the voice is Hibari, on this
machine.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before onnxruntime, which the voice has

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal, cast

import aiohttp
import numpy as np
from hibari import Hibari
from livekit import rtc
from livekit.agents import (
    Agent,
    AgentServer,
    AgentSession,
    APIConnectOptions,
    JobContext,
    cli,
    llm,
    tts,
)
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.plugins import ringtalk

URL: Final = os.environ.get("RINGTALK_URL", "http://localhost:8010")
RINGTALK: Final = Path(__file__).parents[2] / ".venv/bin/ringtalk"
FILM: Final = Path("face.mp4")
START_SECONDS: Final = 120
VOICE_RATE: Final = 24_000
ANSWERS: Final = {
    "who": "I am a stand-in for a language model. My face is drawn on this machine.",
    "what": "I can talk, pause, and be silent within a frame. The rest is your model's work.",
    "how": "Put your own model where I am. The face does not care who thinks.",
}
OTHERWISE: Final = "I heard you. Ask me who I am, what I can do, or how to replace me."


class StandIn(llm.LLM[Any]):
    """Answers by the first word that it knows."""

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        **_: Any,
    ) -> "StandInStream":
        """See `llm.LLM.chat`."""
        return StandInStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class StandInStream(llm.LLMStream):
    """One answer, word by word."""

    async def _run(self) -> None:
        asked = [item for item in self._chat_ctx.messages() if item.role == "user"]
        words = (asked[-1].text_content or "").lower().split() if asked else []
        known = next((word.strip("?!.,") for word in words if word.strip("?!.,") in ANSWERS), "")
        for word in ANSWERS.get(known, OTHERWISE).split():
            delta = llm.ChoiceDelta(role="assistant", content=word + " ")
            self._event_ch.send_nowait(llm.ChatChunk(id="stand-in", delta=delta))


class LocalVoice(tts.TTS[Any]):
    """Hibari: a voice of 8 MB that needs one core."""

    def __init__(self) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=VOICE_RATE,
            num_channels=1,
        )
        self.hibari = Hibari()

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> "LocalSpeech":
        """See `tts.TTS.synthesize`."""
        return LocalSpeech(tts=self, input_text=text, conn_options=conn_options)


class LocalSpeech(tts.ChunkedStream):
    """One sentence."""

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id="local",
            sample_rate=VOICE_RATE,
            num_channels=1,
            mime_type="audio/pcm",
        )
        hibari = cast(LocalVoice, self._tts).hibari
        pieces = await asyncio.to_thread(lambda: list(hibari.stream(self._input_text)))
        sound = np.concatenate(pieces)
        output_emitter.push((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def an_agent() -> "tuple[AgentSession[None], Agent]":
    """A session and an agent, as yours would be with other models."""
    typed_only: Any = {"turn_detection": "manual"}
    session: AgentSession[None] = AgentSession(
        llm=StandIn(), tts=LocalVoice(), vad=None, turn_handling=typed_only
    )
    return session, Agent(instructions="You have a face.")


server: Final = AgentServer()


@server.rtc_session()
async def entrypoint(job: JobContext) -> None:
    """In a room: the face joins, then the agent speaks through it. Type in the room's chat."""
    session, agent = an_agent()
    mode = cast(Literal["room", "local"], os.environ.get("RINGTALK_MODE", "room"))
    await job.connect()
    await ringtalk.AvatarSession(mode=mode).start(session, job.room)
    await session.start(agent, room=job.room)
    session.say("Hello. Ask me who I am.")


async def here(texts: list[str]) -> None:
    """Without a room: what is typed is answered, and kept as a film."""
    async with a_server(), aiohttp.ClientSession(URL) as http:
        session, agent = an_agent()
        face = ringtalk.AvatarSession(mode="local", url=URL)
        await face.start(session, rtc.Room())
        await session.start(agent)
        try:
            await ask(http, "start_record", face.sessionid)
            async for text in typed(texts):
                answer = session.generate_reply(user_input=text)
                await answer.wait_for_playout()
                said = [item.text_content for item in answer.chat_items if item.type == "message"]
                sys.stdout.write(f"{' '.join(filter(None, said))}\n")
            await ask(http, "end_record", face.sessionid)
            async with http.get(f"/record/{face.sessionid}") as film:
                FILM.write_bytes(await film.read())
            sys.stdout.write(f"{FILM} is what the agent would have published\n")
        finally:
            await session.aclose()
            await face.aclose()


async def ask(http: aiohttp.ClientSession, what: str, sessionid: str) -> None:
    """Begin or end the recording."""
    async with http.post("/record", json={"type": what, "sessionid": sessionid}) as answer:
        if answer.status != 200:
            sys.exit(f"no film: {(await answer.json())['msg']}")


async def typed(texts: list[str]) -> AsyncIterator[str]:
    """What was given, or what is typed until an empty line."""
    for text in texts:
        sys.stdout.write(f"> {text}\n")
        yield text
    while not texts:
        sys.stdout.write("> ")
        sys.stdout.flush()
        if not (line := (await asyncio.to_thread(sys.stdin.readline)).strip()):
            return
        yield line


@asynccontextmanager
async def a_server() -> AsyncIterator[None]:
    """The ringtalk server at URL; one of our own for as long as this runs, if nobody listens."""
    if await is_ready():
        yield
        return
    port = URL.rpartition(":")[2]
    if not RINGTALK.exists():
        sys.exit(f"no ringtalk server listens at {URL}: make serve")
    started = await asyncio.create_subprocess_exec(
        str(RINGTALK), "serve", "--port", port, stdout=asyncio.subprocess.PIPE
    )
    assert started.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            await started.stdout.readuntil(b"http://")  # it says where it listens, once it does
        yield
    finally:
        started.terminate()
        await started.wait()


async def is_ready() -> bool:
    """Whether a server listens."""
    try:
        async with aiohttp.ClientSession(URL) as http, http.get("/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in ("dev", "start", "connect", "console", "download-files"):
        cli.run_app(server)
    else:
        asyncio.run(here(sys.argv[1:]))
