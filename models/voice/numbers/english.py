"""English text with its numbers and signs in words.

In: text made plain. Out: the text as it is said, and which place of it was which. Pure; owns
nothing. Titles, abbreviations and Roman numerals are left to `hibari.g2p.normalize`.
"""

import unicodedata
from typing import Final

from models.voice.numbers.english_codes import ADDRESSES, MODELS, TELEPHONES, VERSIONS
from models.voice.numbers.english_dates import DATES, DECADES, TIMES, YEARS
from models.voice.numbers.english_money import MONEY
from models.voice.numbers.english_signs import FRACTIONS, NUMBERS, RANGES, SIGNS
from models.voice.numbers.english_units import UNITS
from models.voice.numbers.rules import Respelled, respelled

_RULES: Final = (
    *ADDRESSES, *DATES, *TELEPHONES, *VERSIONS, *MONEY, *TIMES, *DECADES, *UNITS,
    *FRACTIONS, *YEARS, *RANGES, *MODELS, *NUMBERS, *SIGNS,
)  # fmt: skip
"""In the order in which they are tried: what is surest first."""
_LOWERED: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def english(text: str) -> Respelled:
    """The text with its numbers in words."""
    return respelled(_western(text), _RULES)


def _western(text: str) -> str:
    """All digits as 0 to 9, a character for each."""
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c for c in text)
    return "".join(digits).translate(_LOWERED)
