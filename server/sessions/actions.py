"""What a session's body is to do: the actions of its avatar.

In: names, or LiveTalking's numbers, of clients; and cues, where a text names an action. Out:
requests to the actors that show it, and to ingest for an action with a sound of its own. Runs in
the supervisor's process; owns nothing: which actions there are is in the session.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from runtime.errors import BadAction, RingtalkError, UnknownAction
from runtime.messages import (
    ActionBound,
    AvatarAction,
    BindAction,
    CaptionCue,
    Done,
    PlayAction,
)
from server.sessions import event_types as events
from server.sessions.action_numbers import ActionNumbers
from server.sessions.actor_client import ActorClient
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.dialogue import Dialogue
from server.sessions.registry import SessionRegistry
from server.sessions.session import Session
from server.sessions.speech import Speech

IDLE: Final = ""
"""The name of no action."""


class Actions:
    """Implements server.sessions.service.ActionControl."""

    def __init__(
        self,
        registry: SessionRegistry,
        client: ActorClient,
        speech: Speech,
        dialogue: Dialogue,
        tasks: BackgroundTasks,
    ) -> None:
        self._registry = registry
        self._client = client
        self._speech = speech
        self._dialogue = dialogue
        self._tasks = tasks

    async def of(self, avatar: str) -> tuple[AvatarAction, ...]:
        """The avatar's actions, as they are now."""
        return tuple(await self._client.actions(avatar))

    async def play(self, sessionid: str, name: str, loop: bool | None = None) -> None:
        """Play an action with the next tick, or, if it has a sound of its own, with that."""
        session = self._registry.find(sessionid)
        session.limit.take()
        await self._play(session, _named(session, name).name, loop)

    async def rest(self, sessionid: str) -> None:
        """Back to the idle loop with the next tick."""
        session = self._registry.find(sessionid)
        session.limit.take()
        await self._client.request(session, "compositor", PlayAction(session.id, IDLE), Done)

    async def play_number(self, sessionid: str, number: int) -> None:
        """As LiveTalking's `set_audiotype`: an action with no sound is repeated until another
        number comes; numbers that mean no action are the idle loop."""
        session = self._registry.find(sessionid)
        name = session.action_numbers.name_of(number, session.id)
        if name is None:
            await self.rest(sessionid)
            return
        session.limit.take()
        await self._play(session, _named(session, name).name, True)

    def cue(self, session: Session, cue: CaptionCue) -> None:
        """A text names an action: it is played with the word that it stands before."""
        self._tasks.start(self._cue(session, cue))

    async def _cue(self, session: Session, cue: CaptionCue) -> None:
        try:
            async with session.changing:
                bound = await self._bind(session, _named(session, cue.text).name)
                loop = bound.action.loop and bool(bound.action.sound)
                await self._show(session, bound, loop, cue)
        except RingtalkError as error:
            self._dialogue.tell(session, events.Error(utterance=cue.utterance, text=str(error)))

    async def _play(self, session: Session, name: str, loop: bool | None) -> None:
        """loop: None is as the action was made; one with a sound of its own lasts as long."""
        async with session.changing:
            bound = await self._bind(session, name)
            action = bound.action
            if not action.sound:
                await self._show(session, bound, action.loop if loop is None else loop)
                return
            sound = await asyncio.to_thread(_opened, action)
            utterance = await self._speech.play_sound(session, sound, Path(action.sound).name)
            cue = CaptionCue(
                session.id, session.rings.control.epoch, utterance, 0, "action", name, 0, 0
            )
            await self._show(session, bound, True, cue, sounds=True)

    async def _bind(self, session: Session, name: str) -> ActionBound:
        """Have faces rendered for the action, and what it is by now: it may have been made anew."""
        bind = BindAction(session.id, session.rings.spec.avatar, name)
        return await self._client.request(session, "inference", bind, ActionBound)

    async def _show(
        self,
        session: Session,
        bound: ActionBound,
        loop: bool,
        cue: CaptionCue | None = None,
        *,
        sounds: bool = False,
    ) -> None:
        """Have the compositor play it; cue: with which word, None for now."""
        spec, name = session.rings.spec, bound.action.name
        number = spec.actions.index(name) + 1
        wanted = PlayAction(session.id, name, spec.avatar, bound.edition, number, loop)
        if cue is not None:
            wanted.epoch, wanted.utterance, wanted.frame = cue.epoch, cue.utterance, cue.frame
            wanted.sounds = sounds
        await self._client.request(session, "compositor", wanted, Done)


def numbers_of(actions: Sequence[AvatarAction], custom: str = "") -> ActionNumbers:
    """LiveTalking's numbers of an avatar's actions; custom: the `custom_config` of an offer.

    Raises BadAction where that is no such JSON, or names what the avatar has not."""
    numbers = ActionNumbers(actions)
    if custom:
        numbers.take(custom)
    return numbers


def _named(session: Session, name: str) -> AvatarAction:
    for action in session.actions:
        if action.name == name:
            return action
    raise UnknownAction(unknown_action(session.avatar, repr(name), session.actions))


def unknown_action(avatar: str, wanted: str, actions: Sequence[AvatarAction]) -> str:
    """What is told of an action that an avatar has not."""
    there = ", ".join(action.name for action in actions)
    known = f"there are: {there}" if there else "it has none; `ringtalk avatar action add` adds one"
    return f"the avatar {avatar!r} has no action {wanted}; {known}"


def _opened(action: AvatarAction) -> int:
    try:
        return os.open(action.sound, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise BadAction(f"the sound of the action {action.name!r} is gone: {why}") from error
