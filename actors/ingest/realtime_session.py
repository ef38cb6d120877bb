"""One session's conversation with a speech-to-speech model.

In: the mic ring, and requests to answer. Out: the service's sound, and events: hearing, barge,
turn, asks (the person has spoken, and is to be answered), partial and final. Runs on ingest's loop;
owns the WebSocket, which is connected anew when it is lost, then with what was said so far; what
waits to be sent is bounded.
"""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from actors.ingest.answer_notes import AnswerNotes
from actors.ingest.conversation import Conversation
from actors.ingest.realtime_answer import RealtimeAnswer
from actors.ingest.speech_frames import Run
from actors.ingest.utterance import UtteranceTimes
from data.services import LlmService
from data.units import FEATURE_RATE, TICK_MS
from models.chat.realtime.link import RATE, RealtimeLink, text_item
from models.chat.realtime.spans import HeardSpans
from models.chat.tool_rounds import ToolCalls
from models.chat.tools.toolbox import Toolbox
from models.service_error import ServiceError, said
from models.sound.resample import LIVE_QUALITY, Resampler
from runtime.actor import ActorSession
from runtime.control_words import ControlWord
from runtime.exchange import Exchange
from runtime.messages import ActorEvent, ActorNews
from runtime.tasks import together

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

ANSWERED: Final = "answered"
"""Detail of a final whose turn is answered already."""
_MOST_WAITING: Final = 500
"""Events to be sent; the sound of the microphone waits when there is no room."""
_KEPT: Final = 64
_APPEND: Final = "input_audio_buffer.append"
_FIRST_DELAY: Final = 0.5
_LONGEST_DELAY: Final = 30.0
"""Seconds between two attempts to connect, while nobody asks for an answer."""
_WORDS: Final = "conversation.item.input_audio_transcription."
_HARMLESS: Final = frozenset({"response_cancel_not_active"})
_FULL: Final = 32767


class RealtimeSession:
    """Of one session; `run` until cancelled."""

    def __init__(
        self,
        link: RealtimeLink,
        service: LlmService,
        toolbox: Toolbox,
        conversation: Conversation,
        session: ActorSession,
        emit: Callable[[ActorNews], None],
        talking: Callable[[], bool],
        barge_in: bool,
    ) -> None:
        """`talking` says whether the face has something to say, heard by now or not."""
        self._link, self._service, self._toolbox = link, service, toolbox
        self._conversation, self._session = conversation, session
        self._emit, self._talking, self._barge_in = emit, talking, barge_in
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_MOST_WAITING)
        self._spans = HeardSpans()
        self._answer: RealtimeAnswer | None = None
        self._owner: RealtimeAnswer | None = None
        """Whose the response is that is under way; None: one that was given up."""
        self._response = ""
        """Its id."""
        self._socket: ClientConnection | None = None
        self._asked = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._wanted = asyncio.Event()
        self._exchanges: dict[int, Exchange] = {}
        self._turns: dict[str, int] = {}
        self._partial: dict[str, str] = {}
        self._times: dict[int, UtteranceTimes] = {}

    def steps(self, turn: int) -> UtteranceTimes | None:
        """The times of a turn that was heard here; None where there was none."""
        return self._times.get(turn)

    def answer(
        self, exchange: Exchange, turn: int, steps: UtteranceTimes, notes: AnswerNotes
    ) -> Run:
        """The answer to what was just said (`turn`), or to the exchange's text."""
        self._remember(self._exchanges, turn, exchange)
        if not turn:
            self.send(text_item("user", exchange.text))
        calls = ToolCalls(self._toolbox, 0, notes.wanted, notes.note)
        self._answer = RealtimeAnswer(
            self,
            self._spans.begin(exchange.utterance),
            steps,
            notes,
            calls,
            self._service.tool_rounds,
            self._service.first_seconds,
        )
        self._wanted.set()
        self._asked.set()
        return self._answer.run()

    def reset(self) -> None:
        """Its answer failed: what is under way is not known any more, so it connects anew."""
        self._answer = self._owner = None
        if self._socket is not None:
            self._socket.transport.abort()

    def interrupted(self, utterance: int, frame: int) -> None:
        """The ear was at this tick of this utterance when everything was stopped."""
        self._answer = self._owner = None
        if not self._idle.is_set():
            self.send({"type": "response.cancel"})
        for item, ms in self._spans.stopped(utterance, (frame + 1) * TICK_MS):
            cut = {"item_id": item, "content_index": 0, "audio_end_ms": ms}
            self.send({"type": "conversation.item.truncate", **cut})

    def send(self, event: dict[str, Any]) -> None:
        """See `RealtimeOut.send`; when too much waits, sound of the microphone goes."""
        if self._out.full():
            if event["type"] == _APPEND:
                return
            self._out.get_nowait()
        self._out.put_nowait(event)

    async def idle(self) -> None:
        """See `RealtimeOut.idle`."""
        await self._idle.wait()
        self._idle.clear()

    async def run(self) -> None:
        """Be connected, as long as there is something to hear or to answer."""
        await together(self._hear(), self._converse())

    async def _hear(self) -> None:
        """The microphone, as the service wants it."""
        inlet = self._session.inlets["mic"]
        resampler = Resampler(FEATURE_RATE, RATE, LIVE_QUALITY)
        while True:
            slot = await inlet.next()
            sound = resampler.push(slot["sound"].copy())
            inlet.release()
            self._wanted.set()
            pcm = (np.clip(sound, -1, 1) * _FULL).astype("<i2").tobytes()
            if pcm:
                audio = base64.b64encode(pcm).decode()
                self.send({"type": _APPEND, "audio": audio})

    async def _converse(self) -> None:
        """Connect whenever it is wanted; what goes wrong is told, and ends the answer."""
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - only who asks

        delay = _FIRST_DELAY
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._connect()
                delay = _FIRST_DELAY
            except ServiceError as error:
                self._lost(error)
                self._asked.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(delay):
                        await self._asked.wait()
                delay = min(2 * delay, _LONGEST_DELAY)
            except ConnectionClosed as closed:
                why = closed.rcvd.reason if closed.rcvd is not None else ""
                self._lost(ServiceError("llm", "cut", f"the connection broke {said(why)}".strip()))

    async def _connect(self) -> None:
        """Converse on one connection, to its end."""
        self._toolbox.refresh()
        history = self._conversation.history()
        self._socket = socket = await self._link.connect(self._toolbox.specs(), history)
        try:
            await together(self._send(socket), self._read(socket))
        finally:
            self._socket = None
            socket.transport.abort()

    def _lost(self, error: ServiceError) -> None:
        self._idle.set()
        self._response, self._owner = "", None
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.take(error)
        else:
            self._emit(ActorEvent(self._session.id, "error", detail=str(error)))
        with suppress(asyncio.QueueEmpty):
            while True:
                self._out.get_nowait()

    async def _send(self, socket: "ClientConnection") -> None:
        while True:
            event = await self._out.get()
            await socket.send(json.dumps(event))

    async def _read(self, socket: "ClientConnection") -> None:
        while True:
            event = json.loads(await socket.recv())
            kind = str(event["type"])
            if kind.startswith("response."):
                self._take(kind, event)
            elif kind.startswith(("input_audio_buffer.", _WORDS)):
                self._person(kind, event)
            elif kind == "error" and event["error"].get("code") not in _HARMLESS:
                self._refused(said(str(event["error"].get("message", "")), self._service.key))

    def _take(self, kind: str, event: dict[str, Any]) -> None:
        """An event of a response; those of one that was given up are nobody's."""
        if kind == "response.created":
            self._created(event["response"])
            return
        mine = event.get("response_id") or event.get("response", {}).get("id")
        if mine != self._response:
            return
        owner = self._owner
        if owner is not None:
            owner.take(event)
        if kind == "response.done":
            self._response, self._owner = "", None
            self._idle.set()

    def _created(self, response: dict[str, Any]) -> None:
        """A response begins: that of the answer that waits, or of one that was given up meanwhile,
        which is cancelled again."""
        self._response = str(response["id"])
        mark = (response.get("metadata") or {}).get("utterance")
        answer = self._answer
        self._owner = answer if answer is not None and mark in (None, answer.mark) else None
        if self._owner is None:
            self.send({"type": "response.cancel"})

    def _refused(self, why: str) -> None:
        """Something that was sent was wrong: the request for an answer, where one is out."""
        if self._answer is not None and not self._response and not self._idle.is_set():
            self._idle.set()
            self._answer.take(ServiceError("llm", "refused", f"refused the request: {why}"))
        else:
            self._trouble(f"llm: {why}")

    def _person(self, kind: str, event: dict[str, Any]) -> None:
        match kind.rpartition(".")[2]:
            case "speech_started":
                self._tell("hearing")
                if self._barge_in and self._talking():
                    self._tell("barge")
            case "speech_stopped":
                number = self._session.control.load(ControlWord.TURN) + 1
                self._session.control.store(ControlWord.TURN, number)
                self._remember(self._turns, str(event["item_id"]), number)
                now = time.monotonic_ns()
                self._remember(self._times, number, UtteranceTimes(now, "", now, now))
                self._tell("turn", turn=number, at=now)
            case "committed" if (turn := self._turns.get(str(event["item_id"]))) is not None:
                self._tell("asks", turn=turn)
            case "delta" | "completed" | "failed" if kind.startswith(_WORDS):
                self._words(kind, event)

    def _words(self, kind: str, event: dict[str, Any]) -> None:
        item = str(event["item_id"])
        turn = self._turns.get(item)
        if turn is None:
            return
        if kind == f"{_WORDS}delta":
            text = self._partial.get(item, "") + str(event["delta"])
            self._remember(self._partial, item, text)
            self._tell("partial", turn=turn, text=text)
            return
        text = str(event.get("transcript", ""))
        if turn in self._exchanges:
            self._exchanges[turn].text = text
        self._tell("final", turn=turn, text=text, detail=ANSWERED)

    def _remember(self, kept: dict[Any, Any], key: object, value: object) -> None:
        kept[key] = value
        while len(kept) > _KEPT:
            del kept[next(iter(kept))]

    def _trouble(self, what: str) -> None:
        self._emit(ActorEvent(self._session.id, "error", detail=what))

    def _tell(
        self, kind: str, *, turn: int = 0, text: str = "", detail: str = "", at: int = 0
    ) -> None:
        self._emit(ActorEvent(self._session.id, kind, detail=detail, text=text, turn=turn, at=at))
