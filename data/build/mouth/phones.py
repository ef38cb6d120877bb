"""What lips, jaw, teeth and tongue do for each phone.

In: a sign of IPA or of misaki's alphabet. Out: articulations: targets and how much each matters.
Pure; owns nothing. Targets follow the features of the IPA chart: a vowel's height is its jaw, its
rounding its lips; a consonant's place and manner are its closure, lip, teeth and tongue.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.spoken_clip import SILENT

PARAMETERS: Final = ("jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong")
VISEMES: Final = (
    "sil", "PP", "FF", "TH", "DD", "KK", "CH", "SS", "L", "R", "AA", "EH", "IH", "OH", "OU", "AX",
)  # fmt: skip
"""MPEG-4's fourteen visemes with silence and schwa, as many faces name them."""
VOWELS: Final = frozenset({"AA", "EH", "IH", "OH", "OU", "AX"})
BILABIAL: Final = "PP"
_INDIFFERENT: Final = 0.05
"""The weight of a parameter that a phone leaves to its neighbours."""


class Articulation(NamedTuple):
    """viseme: one of VISEMES. target, weight: float64 [8], as PARAMETERS."""

    viseme: str
    target: NDArray[np.float64]
    weight: NDArray[np.float64]


def _articulation(viseme: str, **wanted: tuple[float, float]) -> Articulation:
    """From (target, weight) of the parameters that matter."""
    target = np.array([wanted.get(name, (0.0, 0.0))[0] for name in PARAMETERS])
    weight = np.array([wanted.get(name, (0.0, _INDIFFERENT))[1] for name in PARAMETERS])
    return Articulation(viseme, target, weight)


def _vowel(openness: float, back: float, rounded: float) -> Articulation:
    """openness: 0 close, 1 open. back: 0 front, 1 back. rounded: 0 to 1."""
    flat = 1 - rounded
    return _articulation(
        _vowel_viseme(openness, back, rounded),
        jaw=(0.14 + 0.76 * openness, 1.0),
        spread=(flat * (1 - back) * (0.72 - 0.35 * openness), 1.0),
        round=(rounded * (0.95 - 0.4 * openness), 0.8 + 0.4 * rounded),
        close=(0.0, 1.0),
        upl=(0.15 + flat * (0.25 * openness + 0.15 * (1 - back)), 1.0),
        fv=(0.0, 1.0),
        teeth=(0.35 * (1 - openness) * flat, 0.7),
        tong=(0.1 * (1 - back), 0.7),
    )


def _vowel_viseme(openness: float, back: float, rounded: float) -> str:
    if rounded >= 0.5:
        return "OU" if openness < 0.3 else "OH"
    if openness >= 0.75 or (openness >= 0.6 and back >= 0.5):
        return "AA"
    if openness > 0.3 and 0.3 <= back <= 0.7:
        return "AX"
    return "EH" if openness >= 0.3 else "IH"


REST: Final = _articulation(
    "sil", jaw=(0, 1.6), spread=(0, 1.3), round=(0, 1.6), close=(0.2, 0.6), upl=(0, 1.6),
    fv=(0, 2), teeth=(0, 3), tong=(0, 3),
)  # fmt: skip

_VOWELS: Final[Mapping[str, tuple[float, float, float]]] = {
    "i": (0, 0, 0), "y": (0, 0, 1), "ɨ": (0.05, 0.5, 0), "ʉ": (0.05, 0.5, 1), "ɯ": (0.05, 1, 0),
    "u": (0, 1, 1), "ɪ": (0.2, 0.15, 0), "ʏ": (0.2, 0.15, 1), "ʊ": (0.22, 0.85, 0.8),
    "e": (0.33, 0, 0), "ø": (0.33, 0, 1), "ɘ": (0.35, 0.5, 0), "ɵ": (0.35, 0.5, 1),
    "ɤ": (0.4, 1, 0), "o": (0.42, 1, 1), "ə": (0.4, 0.5, 0), "ɚ": (0.36, 0.5, 0.35),
    "ɛ": (0.62, 0, 0), "œ": (0.62, 0, 1), "ɜ": (0.48, 0.5, 0.15), "ɝ": (0.45, 0.5, 0.35),
    "ɞ": (0.6, 0.5, 1), "ʌ": (0.65, 0.9, 0), "ɔ": (0.68, 1, 1), "æ": (0.82, 0, 0),
    "ɐ": (0.74, 0.5, 0), "a": (1, 0.3, 0), "ɶ": (1, 0, 1), "ɑ": (0.95, 1, 0), "ɒ": (0.85, 1, 1),
    "ᵻ": (0.15, 0.4, 0),
}  # fmt: skip

_CONSONANTS: Final[Mapping[str, Articulation]] = {
    "p b m ʙ": _articulation(
        "PP", jaw=(0.06, 1.5), close=(1, 4), fv=(0, 3), upl=(0, 2), spread=(0, 0.2),
        round=(0, 0.15), teeth=(0, 1), tong=(0, 1),
    ),
    "f v ɱ ʋ": _articulation(
        "FF", jaw=(0.14, 1.5), close=(0, 3), fv=(1, 4), upl=(0.35, 2), teeth=(0.2, 1),
        tong=(0, 1), spread=(0.15, 0.4), round=(0, 0.4),
    ),
    "ɸ β": _articulation(
        "FF", jaw=(0.1, 1), close=(0.5, 3), fv=(0.3, 2), round=(0, 0.3), spread=(0, 0.2)
    ),
    "w ʍ ɥ": _articulation(
        "OU", jaw=(0.12, 1), round=(1, 4), close=(0, 2), spread=(0, 3), fv=(0, 1), teeth=(0, 1)
    ),
    "θ ð": _articulation(
        "TH", jaw=(0.2, 1), tong=(1, 4), teeth=(0.4, 1), close=(0, 2), fv=(0, 2),
        upl=(0.2, 0.5), spread=(0.1, 0.3), round=(0, 0.3),
    ),
    "t d n ɾ ʈ ɖ ɳ ɗ": _articulation(
        "DD", jaw=(0.18, 0.9), tong=(0.55, 2), teeth=(0.5, 1), close=(0, 2), fv=(0, 2),
        upl=(0.15, 0.4), spread=(0.1, 0.15), round=(0, 0.15),
    ),
    "s z": _articulation(
        "SS", jaw=(0.09, 2.2), tong=(0.15, 1), teeth=(1, 4), close=(0, 2), fv=(0, 2),
        upl=(0.25, 0.8), spread=(0.35, 0.5), round=(0, 0.3),
    ),
    "ʃ ʒ ʂ ʐ": _articulation(
        "CH", jaw=(0.12, 2), round=(0.6, 2.5), teeth=(0.9, 4), close=(0, 2), fv=(0, 2),
        upl=(0.5, 1.5), spread=(0, 2), tong=(0, 1),
    ),
    "ɕ ʑ ç": _articulation(
        "CH", jaw=(0.12, 2), round=(0.1, 0.6), teeth=(0.9, 4), close=(0, 2), fv=(0, 2),
        upl=(0.35, 1), spread=(0.45, 0.8), tong=(0, 1),
    ),
    "l ɫ ɭ ʎ ɬ ɮ": _articulation(
        "L", jaw=(0.28, 0.8), tong=(0.9, 3), teeth=(0.2, 0.5), close=(0, 2), fv=(0, 2),
        upl=(0.2, 0.4), round=(0, 0.12), spread=(0, 0.15),
    ),
    "ɹ ɻ r ʀ ɽ": _articulation(
        "R", jaw=(0.2, 0.9), round=(0.4, 0.8), tong=(0.3, 1), teeth=(0.35, 0.6), close=(0, 2),
        fv=(0, 2), upl=(0.25, 0.4), spread=(0, 0.4),
    ),
    "k ɡ g ŋ x ɣ q ɢ ʁ χ ɴ c ɟ ɲ ʝ": _articulation(
        "KK", jaw=(0.26, 0.45), tong=(0.1, 0.8), close=(0, 2), fv=(0, 2), teeth=(0.25, 0.4),
        upl=(0.15, 0.2), round=(0, 0.08), spread=(0, 0.08),
    ),
    "h ɦ ħ ʕ ʔ": _articulation(
        "KK", jaw=(0.35, 0.12), close=(0, 1), fv=(0, 1), tong=(0, 0.4), round=(0, 0.03),
        spread=(0, 0.03), upl=(0, 0.1), teeth=(0, 0.1),
    ),
    "j": _articulation(
        "IH", jaw=(0.14, 0.8), spread=(0.72, 0.9), close=(0, 2), upl=(0.3, 0.5), fv=(0, 2),
        teeth=(0.35, 0.5), tong=(0.1, 0.5), round=(0, 0.6),
    ),
}  # fmt: skip

_TABLE: Final = {
    **{sign: _vowel(*features) for sign, features in _VOWELS.items()},
    **{sign: shape for signs, shape in _CONSONANTS.items() for sign in signs.split()},
}

SOUNDS: Final = (SILENT, *_TABLE)
"""Silence, and every letter with an articulation."""

_SPELLINGS: Final = {
    "ʤ": "dʒ", "ʧ": "tʃ", "ʦ": "ts", "ʣ": "dz", "ʨ": "tɕ", "ꭧ": "ʈʂ", "A": "eɪ", "I": "aɪ",
    "W": "aʊ", "Y": "ɔɪ", "O": "oʊ", "Q": "əʊ", "T": "ɾ", "S": "ʃ", "s.": "ʂ", "z.": "ʐ",
    "i.": "ɨ", "ᵊ": "ə", "ʲ": "", "ʰ": "h",
}  # fmt: skip
"""misaki's single letters, and eSpeak's Mandarin."""


def articulations(sign: str) -> list[Articulation]:
    """The articulations that share the time of a sign: two for a diphthong or an affricate.

    Empty for a sign that is no sound of its own (stress, length, tone): it belongs to the phone
    before it. A pause is `REST`.
    """
    return [REST if sound == SILENT else _TABLE[sound] for sound in sounds(sign)]


def sounds(sign: str) -> list[str]:
    """The letters of `SOUNDS` that a sign stands for; see `articulations`."""
    if sign == SILENT:
        return [SILENT]
    for written, ipa in _SPELLINGS.items():
        sign = sign.replace(written, ipa)
    plain = (c for c in unicodedata.normalize("NFD", sign) if not unicodedata.combining(c))
    found = [c for c in plain if c in _TABLE]
    if len(found) > 1 and found[-1] == "h":
        found = found[:-1]  # eSpeak writes aspiration so: ph, tɕh
    return found
