"""eSpeak NG's C library, called through ctypes.

In: text and a language. Out: mono float32, and what was said when. Runs in the process that makes
speech; the library's state is one per process, so one lock guards it. Source:
espeak-ng/speak_lib.h of eSpeak NG 1.52 (GPL-3), from the package `espeakng-loader`; imported only
by who asks for this voice.
"""

import ctypes
import threading
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.espeak import LIST_END, PHONEME, Callback, EspeakEvent
from models.voice.errors import VoiceMissing

INSTALL: Final = "pip install 'ringtalk[espeak]'"
WORDS_PER_MINUTE: Final = 175
"""eSpeak's own normal speed."""
_BUFFER_MS: Final = 60
_AUDIO_OUTPUT_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_PHONEME_EVENTS: Final = 0x0001
_CHARS_UTF8: Final = 1
_POS_CHARACTER: Final = 1
_RATE_PARAMETER: Final = 1
_TIED_IPA: Final = 0x02 | 0x80 | ord("^") << 8
_EE_OK: Final = 0
_KEEP_GOING: Final = 0
_SILENT: Final = (b"_", b"(")
"""How the names of pauses and of changes of language begin."""

_LOCK: Final = threading.Lock()
"""Guards the C library, of which a process has one however often it is opened."""


class EspeakPhone(NamedTuple):
    """A phoneme as it was said.

    place: of its word's first character in the text. begin, end: samples.
    """

    place: int
    begin: int
    end: int


class EspeakSpeech(NamedTuple):
    """Float32 [n] at the library's rate, and the phonemes in it without the pauses."""

    sound: NDArray[np.float32]
    phones: tuple[EspeakPhone, ...]


class _Recording:
    """What the library hands over while it speaks."""

    def __init__(self) -> None:
        self.parts: list[NDArray[np.int16]] = []
        self.events: list[tuple[int, int, bytes]] = []

    def take(
        self,
        samples: "ctypes._Pointer[ctypes.c_short]",
        count: int,
        events: "ctypes._Pointer[EspeakEvent]",
    ) -> int:
        """`t_espeak_callback`: `events` is an array that LIST_TERMINATED ends."""
        if samples and count:
            self.parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        at = 0
        while (event := events[at]).type != LIST_END:
            if event.type == PHONEME:
                self.events.append((event.text_position - 1, event.sample, event.id.string))
            at += 1
        return _KEEP_GOING

    def said(self) -> EspeakSpeech:
        joined = np.concatenate(self.parts) if self.parts else np.empty(0, np.int16)
        ends = [sample for _, sample, _ in self.events[1:]] + [len(joined)]
        phones = (
            EspeakPhone(place, sample, end)
            for (place, sample, name), end in zip(self.events, ends, strict=True)
            if not name.startswith(_SILENT)
        )
        return EspeakSpeech(joined.astype(np.float32) / np.float32(32768), tuple(phones))


class _VoiceRecord(ctypes.Structure):
    """`espeak_VOICE` of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_char)),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class EspeakLibrary:
    """The loaded library: `rate` in Hz, `languages` from BCP 47 code to eSpeak's identifier."""

    def __init__(self) -> None:
        """Load the library and its data (about 6 ms); raise VoiceMissing with what to install."""
        try:
            # Optional and GPL: only who asks for this voice loads it.
            import espeakng_loader  # noqa: PLC0415
        except ImportError as missing:
            raise VoiceMissing(f"eSpeak NG is not installed: {INSTALL}") from missing
        path, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
        try:
            self._lib = ctypes.CDLL(path)
        except OSError as broken:
            raise VoiceMissing(f"eSpeak NG does not load ({broken}): {INSTALL}") from broken
        with _LOCK:
            rate = self._lib.espeak_Initialize(
                _AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, data.encode(), _DONT_EXIT | _PHONEME_EVENTS
            )
            if rate <= 0:
                raise VoiceMissing(f"eSpeak NG finds no data in {data}: {INSTALL}")
            self.languages = self._listed()
        self.rate = int(rate)

    def synthesise(self, text: str, identifier: str, speed: float) -> EspeakSpeech:
        """Speak `text` (not SSML) with the voice `identifier`, all at once.

        About 2 ms for a second of sound. Waits for whoever else is in the library.
        Raise RuntimeError if the library refuses.
        """
        recording = _Recording()
        encoded = text.encode("utf-8", "ignore") + b"\0"
        callback = Callback(recording.take)
        with _LOCK:
            self._lib.espeak_SetSynthCallback(callback)
            self._checked("voice", self._lib.espeak_SetVoiceByName(identifier.encode()))
            words = round(WORDS_PER_MINUTE * speed)
            self._checked("speed", self._lib.espeak_SetParameter(_RATE_PARAMETER, words, 0))
            synth = self._lib.espeak_Synth
            size = ctypes.c_size_t(len(encoded))
            self._checked(
                "text", synth(encoded, size, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None)
            )
        return recording.said()

    def phonemes(self, text: str, identifier: str) -> str:
        """`text` in the International Phonetic Alphabet: words between spaces, clauses joined.

        Affricates and diphthongs are tied by ^. Raise RuntimeError if the library refuses.
        """
        translate = self._lib.espeak_TextToPhonemes
        translate.restype = ctypes.c_char_p
        clauses: list[str] = []
        encoded = ctypes.c_char_p(text.encode("utf-8", "ignore"))
        rest = ctypes.cast(encoded, ctypes.c_void_p)
        with _LOCK:
            self._checked("voice", self._lib.espeak_SetVoiceByName(identifier.encode()))
            while rest.value:
                clause = translate(ctypes.byref(rest), _CHARS_UTF8, _TIED_IPA)
                clauses.append((clause or b"").decode())
        return " ".join(" ".join(clauses).split())

    @staticmethod
    def _checked(what: str, status: int) -> None:
        if status != _EE_OK:
            raise RuntimeError(f"eSpeak NG refused the {what} (status {status})")

    def _listed(self) -> dict[str, str]:
        """Every language the data folder has; the voice with the best priority for each."""
        listing = self._lib.espeak_ListVoices
        listing.restype = ctypes.POINTER(ctypes.POINTER(_VoiceRecord))
        found: dict[str, tuple[int, str]] = {}
        records = listing(None)
        at = 0
        while records[at]:
            record = records[at].contents
            identifier = record.identifier.decode()
            for priority, language in _languages(record.languages):
                if language not in found or priority < found[language][0]:
                    found[language] = (priority, identifier)
            at += 1
        return {language: identifier for language, (_, identifier) in found.items()}


def _languages(packed: "ctypes._Pointer[ctypes.c_char]") -> Iterator[tuple[int, str]]:
    """`espeak_VOICE.languages`: pairs of a priority byte and a zero-terminated code, then a 0."""
    at = 0
    while packed[at] != b"\0":
        priority, at = packed[at][0], at + 1
        begin = at
        while packed[at] != b"\0":
            at += 1
        yield priority, b"".join(packed[n] for n in range(begin, at)).decode()
        at += 1
