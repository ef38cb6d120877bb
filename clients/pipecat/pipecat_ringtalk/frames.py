"""What an agent may tell the face beside Pipecat's own frames. Types only."""

from dataclasses import dataclass

from pipecat.frames.frames import SystemFrame


@dataclass
class HoldSpeechFrame(SystemFrame):
    """The face stops speaking with the next tick and waits there: the person made a sound, which
    may be nothing."""


@dataclass
class ResumeSpeechFrame(SystemFrame):
    """It was nothing: the face goes on where it was."""
