"""What the face is about: idle, listening, thinking or speaking.

In: what is heard of the person and at the ear, in the order in which it is told. Out: the
state. A person who speaks comes first, then what is being heard, then an answer that is being
made. Pure; one for each session.
"""

from server.sessions.event_types import Status


class DialogueState:
    """The facts, and the state that follows from them."""

    def __init__(self) -> None:
        self._person = False
        self._heard = 0
        self._awaited: set[int] = set()
        self._awaits_transcript = False

    @property
    def state(self) -> Status:
        """The state as of now."""
        if self._person:
            return "listening"
        if self._heard:
            return "speaking"
        return "thinking" if self._awaited or self._awaits_transcript else "idle"

    def is_heard(self, utterance: int) -> bool:
        """Whether this utterance is being heard."""
        return self._heard == utterance

    def person_speaks(self) -> None:
        """The person makes a sound."""
        self._person = True

    def person_stops(self) -> None:
        """The person has spoken, or it was nothing."""
        self._person = False

    def awaits_transcript(self) -> None:
        """What the person has said is being found out."""
        self._awaits_transcript = True

    def transcript_settled(self) -> None:
        """It was found out, and will not be answered."""
        self._awaits_transcript = False

    def asked(self, utterance: int) -> None:
        """An answer is being made."""
        self._awaits_transcript = False
        self._awaited.add(utterance)

    def starts(self, utterance: int) -> None:
        """An utterance begins to be heard."""
        self._awaited.discard(utterance)
        self._heard = utterance

    def ends(self, utterance: int) -> None:
        """An utterance is over, heard or not."""
        self._awaited.discard(utterance)
        if self._heard == utterance:
            self._heard = 0

    def interrupted(self) -> None:
        """Nothing of what was asked for will be heard; what is heard tells its end itself."""
        self._awaited.clear()
