"""flite (CMU, BSD-like licence): American, Scottish and male and female English voices.

In: an order. Out: speech with the times that `flite -psdur` prints (the end of each phone).
Runs the program `flite` (Debian's package of that name), one process an utterance.
"""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import soundfile

from data.build.mouth.spoken_clip import SILENT, Phone, SynthesisedSpeech
from data.build.mouth.synthesisers.synthesiser import SpeechOrder

IPA: Final = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "axr": "ɚ", "ay": "aɪ",
    "b": "b", "ch": "tʃ", "d": "d", "dh": "ð", "dx": "ɾ", "eh": "ɛ", "el": "əl", "em": "m",
    "en": "ən", "er": "ɝ", "ey": "eɪ", "f": "f", "g": "ɡ", "h": "h", "hh": "h", "hv": "h",
    "ih": "ɪ", "iy": "i", "jh": "dʒ", "k": "k", "l": "l", "m": "m", "n": "n", "ng": "ŋ",
    "nx": "n", "ow": "oʊ", "oy": "ɔɪ", "p": "p", "r": "ɹ", "s": "s", "sh": "ʃ", "t": "t",
    "th": "θ", "uh": "ʊ", "uw": "u", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ",
    "pau": SILENT, "sil": SILENT, "brth": SILENT, "ssil": SILENT,
}  # fmt: skip
"""ARPAbet as flite's us_phoneset has it."""


class FliteSynthesiser:
    """Every voice that the program has; see `Speaker`."""

    def say(self, order: SpeechOrder) -> SynthesisedSpeech:
        """See `Synthesiser.say`; FileNotFoundError where flite is not installed."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            stretch = f"duration_stretch={1 / order.speed:.3f}"
            command = ["flite", "-voice", order.voice, "-t", order.text, "-psdur"]
            done = subprocess.run(
                [*command, "--setf", stretch, "-o", str(path)],
                capture_output=True,
                text=True,
                check=True,
            )
            sound, rate = soundfile.read(path, dtype="float32")
        return SynthesisedSpeech(np.asarray(sound, np.float32), int(rate), _phones(done.stdout))


def _phones(printed: str) -> tuple[Phone, ...]:
    """Of `name:end name:end ...`; KeyError for a name that the phone set has not."""
    phones = []
    start = 0.0
    for item in printed.split():
        name, _, end = item.rpartition(":")
        phones.append(Phone(start, IPA[name]))
        start = float(end)
    if not phones:
        raise ValueError("flite said nothing")
    return tuple(phones)
