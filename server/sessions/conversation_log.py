"""What was asked in one session, and what was heard of the answers.

In: questions as they are put to the language model, captions as the answers are spoken, and where
the ear was at each interrupt. Out: the exchanges, for the process that speaks from now on, or for
the session that goes on with this one's conversation. Runs in the supervisor's process; owns
the newest of them.
"""

from collections import deque
from collections.abc import Container, Iterable

from runtime.exchange import BEFORE, Caption, Exchange, cut
from runtime.messages import CaptionCue


class ConversationLog:
    """Of one session."""

    def __init__(self, most: int) -> None:
        """most: exchanges that are kept (setting llm.history)."""
        self._exchanges: deque[Exchange] = deque(maxlen=max(1, most))
        self._last_turn = 0, 0
        """A turn, and the utterance that answers it."""

    def asked(self, utterance: int, text: str, turn: int = 0) -> None:
        """A question, which this utterance is to answer; asked again, it begins anew. `turn` is the
        person's, 0 for a text."""
        self.forget(utterance)
        self._exchanges.append(Exchange(utterance, text))
        self._last_turn = turn, utterance

    def understood(self, turn: int, text: str) -> None:
        """What the person said in the turn that was answered last, which was not known then."""
        if self._last_turn[0] == turn:
            for exchange in self._exchanges:
                if exchange.utterance == self._last_turn[1]:
                    exchange.text = text

    def forget(self, utterance: int) -> None:
        """The question was refused."""
        for exchange in [one for one in self._exchanges if one.utterance == utterance]:
            self._exchanges.remove(exchange)

    def caption(self, cue: CaptionCue) -> None:
        """Something of an answer will be heard."""
        for exchange in self._exchanges:
            if exchange.utterance == cue.utterance:
                exchange.captions.append(Caption(cue.kind, cue.text, cue.start_ms, cue.end_ms))

    def interrupted(self, utterance: int, frame: int) -> None:
        """The ear was at this tick of this utterance when everything was stopped."""
        cut(self._exchanges, utterance, frame)

    def go_on(self, exchanges: Iterable[Exchange]) -> None:
        """Begin with what another session said."""
        self._exchanges.extend(exchanges)

    def exchanges(self, without: Container[int] = ()) -> list[Exchange]:
        """All, but for those whose utterances will be asked again; their utterances' numbers mean
        nothing to whom they are handed."""
        return [
            Exchange(BEFORE, one.text, list(one.captions), one.until)
            for one in self._exchanges
            if one.utterance not in without
        ]
