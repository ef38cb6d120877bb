"""Festival: diphone voices, a hidden Markov voice and one cut from a man's own recordings.

In: an order. Out: speech with the segment times that Festival itself used. Runs the program
`festival` (Debian's package of that name and its `festvox-*`), one process an utterance; all
voices are in Debian's main section. A voice reads any text in its own spelling's way: what counts
is that the times are those of what it said.
"""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from unicodedata import combining, normalize

import numpy as np
import soundfile

from data.build.mouth.spoken_clip import SILENT, Phone, SynthesisedSpeech
from data.build.mouth.synthesisers.flite import IPA as ENGLISH
from data.build.mouth.synthesisers.synthesiser import SpeechOrder

_PAUSES: Final = dict.fromkeys(("#", "##", "_", "pau"), SILENT)
_FINNISH: Final = {"@": "æ", "7": "ø", "&": "ø", "T": "θ", "D": "ð", "S": "ʃ", "Z": "ʒ",
                   "N": "ŋ", "L": "ʎ"}  # fmt: skip
_CZECH: Final = {"c": "ts", "c~": "tʃ", "ch": "x", "d~": "ɟ", "dz": "dz", "dz~": "dʒ", "n*": "ŋ",
                 "n~": "ɲ", "r~": "ʒ", "r~*": "ʃ", "s~": "ʃ", "t~": "c", "z~": "ʒ",
                 "e": "ɛ", "h": "ɦ", "g": "ɡ"}  # fmt: skip
_ROMANCE: Final = {"ax": "ə", "E": "ɛ", "O": "ɔ", "S": "ʃ", "Z": "ʒ", "tS": "tʃ", "dZ": "dʒ",
                   "J": "ɲ", "L": "ʎ", "ng": "ŋ", "nf": "ɱ", "rr": "r", "g": "ɡ"}  # fmt: skip
_CATALAN: Final = dict(_ROMANCE)
_RUSSIAN: Final = {
    "ii": "i", "yy": "ɨ", "uu": "u", "ee": "ɛ", "oo": "o", "aa": "a", "a": "ɐ", "e": "ɪ",
    "i": "ɪ", "y": "ɨ", "u": "ʊ", "ae": "ə", "ay": "ə", "ur": "ʊ", "c": "ts", "ch": "tɕ",
    "sh": "ʂ", "sch": "ɕ", "zh": "ʐ", "h": "x", "hh": "x", "g": "ɡ", "gg": "ɡ", "j": "j",
}  # fmt: skip


class _Spoken(NamedTuple):
    """How a voice is fed: its phones where they are not IPA, and its bytes' encoding."""

    phones: Mapping[str, str]
    encoding: str


_VOICES: Final = {
    "ked_diphone": _Spoken(ENGLISH, "ascii"),
    "suo_fi_lj_diphone": _Spoken(_FINNISH, "latin-1"),
    "hy_fi_mv_diphone": _Spoken(_FINNISH, "latin-1"),
    "czech_dita": _Spoken(_CZECH, "iso-8859-2"),
    "czech_krb": _Spoken(_CZECH, "iso-8859-2"),
    "czech_machac": _Spoken(_CZECH, "iso-8859-2"),
    "czech_ph": _Spoken(_CZECH, "iso-8859-2"),
    "pc_diphone": _Spoken(_ROMANCE, "ascii"),
    "lp_diphone": _Spoken(_ROMANCE, "ascii"),
    "upc_ca_ona_hts": _Spoken(_CATALAN, "ascii"),
    "msu_ru_nsh_clunits": _Spoken(_RUSSIAN, "utf-8"),
}
_SCRIPT: Final = """(voice_{voice})
(Param.set 'Duration_Stretch {stretch:.3f})
(set! said (utt.synth (Utterance Text "{text}")))
(utt.save.wave said "{folder}/said.wav")
(utt.save.segs said "{folder}/said.seg")
"""


class FestivalSynthesiser:
    """The voices above; see `Speaker`."""

    def say(self, order: SpeechOrder) -> SynthesisedSpeech:
        """See `Synthesiser.say`; heeds text, voice and speed. FileNotFoundError without
        Festival."""
        spoken = _VOICES[order.voice]
        with TemporaryDirectory() as folder:
            script = Path(folder) / "say.scm"
            script.write_bytes(
                _SCRIPT.format(
                    voice=order.voice, stretch=1 / order.speed, folder=folder, text=order.text
                ).translate(_letters(order.text, spoken.encoding)).encode(spoken.encoding, "ignore")
            )  # fmt: skip
            subprocess.run(["festival", "-b", str(script)], capture_output=True, check=True)
            if not (Path(folder) / "said.seg").exists():
                raise ValueError(f"{order.voice} does not say {order.text!r}")
            sound, rate = soundfile.read(Path(folder) / "said.wav", dtype="float32")
            lines = (Path(folder) / "said.seg").read_text("latin-1").splitlines()
        return SynthesisedSpeech(
            np.asarray(sound, np.float32), int(rate), _phones(lines, spoken.phones)
        )


def _letters(text: str, encoding: str) -> dict[int, str]:
    """What each letter that the encoding has not is written as: without its accents."""
    foreign = {c for c in text if not c.encode(encoding, "ignore")}
    plain = {c: "".join(p for p in normalize("NFD", c) if not combining(p)) for c in foreign}
    return {ord(c): p if p.encode(encoding, "ignore") else "" for c, p in plain.items()}


def _phones(lines: list[str], names: Mapping[str, str]) -> tuple[Phone, ...]:
    """Of Xwaves' lines: end, colour, name."""
    phones = []
    start = 0.0
    for line in lines[lines.index("#") + 1 :]:
        end, _, name = line.split()
        phones.append(Phone(start, _ipa(name, names)))
        start = float(end)
    if not phones:
        raise ValueError("Festival said nothing")
    return tuple(_lenited(phones) if names is _CATALAN else phones)


def _lenited(phones: list[Phone]) -> Iterator[Phone]:
    """Catalan's b is one only after a pause or m: elsewhere the lips do not meet."""
    before = SILENT
    for phone in phones:
        open_ = phone.sign == "b" and before not in (SILENT, "m")
        yield Phone(phone.start, "β") if open_ else phone
        before = phone.sign


def _ipa(name: str, names: Mapping[str, str]) -> str:
    """A phone without its stress (1), length (:) or softness (doubled)."""
    plain = name.rstrip("1:") or name
    halved = plain[: len(plain) // 2]
    single = halved if len(plain) > 1 and plain == 2 * halved else plain
    return _PAUSES.get(name) or names.get(plain) or names.get(single) or single
