"""What every synthesiser is to `data.build.mouth.speak`: an order in, a `SynthesisedSpeech` out.
Types only."""

from dataclasses import dataclass
from typing import Final, Protocol

from data.build.mouth.spoken_clip import SynthesisedSpeech

INVENTED: Final = "x-invented"
"""The language of texts that are phonemes of the synthesiser's own alphabet already."""


@dataclass(frozen=True)
class SpeechOrder:
    """What to say and how.

    voice: as the synthesiser names it. language: BCP 47. speed: 1.0 is the voice's own.
    pitch, size: factors of the pitch and of the spectrum's frequencies (a larger `size` is a
    shorter vocal tract), heeded by the synthesisers that can; seed: for what is random.
    """

    text: str
    voice: str
    language: str = "en"
    speed: float = 1.0
    pitch: float = 1.0
    size: float = 1.0
    seed: int = 0


class Synthesiser(Protocol):
    """A loaded synthesiser."""

    def say(self, order: SpeechOrder) -> SynthesisedSpeech:
        """Speak; ValueError when the order cannot be spoken."""
