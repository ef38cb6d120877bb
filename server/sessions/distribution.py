"""Who sees a session beside its caller: viewers (WHEP), and outputs to other places.

In: what clients ask for, and what egress tells of it. Out: messages to egress, events. What outputs
a session has stands here, so that they go on when egress is back after its death. A room has an
agent line beside (`server.sessions.room_speech`). Runs in the supervisor's process; owns nothing: a
session's outputs are in the session.
"""

import logging
import secrets
import socket
from contextlib import closing
from typing import Final

from runtime.errors import BadOffer, OutputRefused, TooManyOutputs, UnknownOutput
from runtime.messages import (
    CloseOutput,
    Done,
    EndViewer,
    OpenOutput,
    OutputState,
    OutputTarget,
    SdpAnswer,
    SdpOffer,
    ViewerCount,
)
from runtime.output_kinds import OutputKind
from runtime.settings import Settings
from server.sessions import event_types as events
from server.sessions.actor_client import ActorClient
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.dialogue import Dialogue
from server.sessions.output_targets import shown, target_of
from server.sessions.registry import SessionRegistry
from server.sessions.room_speech import RoomSpeech
from server.sessions.service import OutputInfo, ViewerAnswer
from server.sessions.session import Session
from server.sessions.session_output import SessionOutput
from server.sessions.speech import Speech

logger = logging.getLogger(__name__)

DIED: Final = "the process that sends it died"


class SessionDistribution:
    """Implements server.sessions.service.Distribution."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        client: ActorClient,
        dialogue: Dialogue,
        speech: Speech,
        tasks: BackgroundTasks,
    ) -> None:
        self._settings, self._registry = settings, registry
        self._speech, self._tasks = speech, tasks
        self._client, self._dialogue = client, dialogue

    async def watch(self, sessionid: str, sdp: str) -> ViewerAnswer:
        """See `Distribution.watch`."""
        session = self._registry.find(sessionid)
        if not sdp.strip():
            raise BadOffer("the body is empty; send an SDP offer")
        viewer = secrets.token_urlsafe(16)
        offer = SdpOffer(session.id, sdp, "offer", viewer)
        answer = await self._client.request(session, "egress", offer, SdpAnswer)
        return ViewerAnswer(answer.sdp, viewer)

    async def unwatch(self, sessionid: str, viewer: str) -> None:
        """See `Distribution.unwatch`."""
        session = self._registry.find(sessionid)
        await self._client.request(session, "egress", EndViewer(session.id, viewer), Done)

    async def open_output(
        self, sessionid: str, kind: OutputKind, url: str, token: str = ""
    ) -> OutputInfo:
        """See `Distribution.open_output`."""
        session = self._registry.find(sessionid)
        return await self.add(session, target_of(kind, url, token, self._settings))

    async def add(self, session: Session, target: OutputTarget) -> OutputInfo:
        """One more output of this session, which is allowed. Raises TooManyOutputs, and
        OutputRefused where another goes to the same place: two that are mixed are of no use."""
        most = self._settings.max_outputs
        if len(session.outputs) >= most:
            raise TooManyOutputs(
                f"the session has {most} outputs already (setting max_outputs); end one first"
            )
        busy = (one for each in self._registry for one in each.outputs.values())
        if target.url and any(one.target == target and one.state != "failed" for one in busy):
            raise OutputRefused(f"url: {shown(target)!r} is sent to already")
        output = SessionOutput(secrets.token_hex(8), target)
        session.outputs[output.id] = output
        try:
            await self._open(session, output)
        except BaseException:
            session.outputs.pop(output.id, None)
            raise
        return output.info(session.id)

    def outputs(self, sessionid: str = "") -> list[OutputInfo]:
        """See `Distribution.outputs`."""
        sessions = [self._registry.find(sessionid)] if sessionid else list(self._registry)
        return [output.info(one.id) for one in sessions for output in one.outputs.values()]

    async def close_output(self, output: str) -> None:
        """See `Distribution.close_output`."""
        for session in self._registry:
            if session.outputs.pop(output, None) is not None:
                await self._client.request(session, "egress", CloseOutput(session.id, output), Done)
                return
        raise UnknownOutput(f"no output has the id {output!r}: it has ended, or never was")

    def lost(self, session: Session) -> None:
        """Egress died, and the session goes on: nobody watches, and outputs wait for it to be back.
        A file is not gone on with."""
        if session.viewers:
            self.heard(session, ViewerCount(session.id, 0))
        for output in session.outputs.values():
            if output.state != "failed":
                state = "failed" if output.target.kind == "file" else "waiting"
                why = {"failed": "; what was written plays", "waiting": ""}[state]
                news = OutputState(session.id, output.id, state, f"{DIED}{why}", output.attempt)
                self.heard(session, news)

    async def restore(self, session: Session) -> None:
        """Egress is back and has the session: it gets its outputs again, but for failed ones."""
        for output in list(session.outputs.values()):
            if output.state != "failed":
                await self._open(session, output, restoring=True)

    def heard(self, session: Session, news: OutputState | ViewerCount) -> None:
        """Egress tells how an output is, or how many watch."""
        if isinstance(news, ViewerCount):
            session.viewers = news.count
            self._dialogue.tell(session, events.Viewers(count=news.count))
            return
        output = session.outputs.get(news.output)
        if output is None:
            return
        output.becomes(news.state, news.why, news.attempt)
        info = output.info(session.id)
        fields = {"session": session.id, "output": info.id, "kind": info.kind, "url": info.url}
        logger.info("an output is %s: %s", news.state, news.why or "-", extra={"fields": fields})
        told = events.OutputChanged(
            output=info.id,
            kind=info.kind,
            url=info.url,
            state=news.state,
            why=news.why,
            attempt=news.attempt,
        )
        self._dialogue.tell(session, told)

    async def _open(
        self, session: Session, output: SessionOutput, *, restoring: bool = False
    ) -> None:
        message = OpenOutput(session.id, output.id, output.target)
        if output.target.kind != "livekit":
            await self._client.request(session, "egress", message, Done, restoring=restoring)
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with closing(theirs):
                line = [theirs.fileno()]
                await self._client.request(
                    session, "egress", message, Done, line, restoring=restoring
                )
        except BaseException:
            ours.close()
            raise
        self._tasks.start(RoomSpeech(session, self._speech, ours).run())
