"""eSpeak NG: formant synthesis of a hundred languages with eighty variants of a voice.

In: an order. Out: speech with the library's phoneme events, in IPA. Owns the C library, of which
a process has one: not for two threads. Source: espeak-ng/speak_lib.h of eSpeak NG 1.52 (GPL-3
for the program; what it says is free), from the package `espeakng-loader`.
"""

import ctypes
from typing import Final

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from data.build.mouth.spoken_clip import SILENT, Phone, SynthesisedSpeech
from data.build.mouth.synthesisers.synthesiser import SpeechOrder
from data.espeak import LIST_END, PHONEME, Callback, EspeakEvent

_SYNCHRONOUS: Final = 2
_PHONEME_EVENTS: Final = 0x0001
_PHONEME_IPA: Final = 0x0002
_DONT_EXIT: Final = 0x8000
_UTF8: Final = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
"""espeak_PARAMETER."""
_END, _TERMINATED = 5, 6
"""espeak_EVENT_TYPE: the end of a clause, of the message."""
_WORDS_PER_MINUTE: Final = 175
_USUAL_PITCH: Final = 50
_CODES: Final = {"en": "en-us", "zh": "cmn", "pt": "pt-br", "en-gb": "en-gb-x-rp"}
"""eSpeak's names where they are not the language's code."""


class EspeakSynthesiser:
    """Every language with every variant: the order's voice is a variant, or "" for none."""

    def __init__(self) -> None:
        """Load the library and its data; OSError where they are broken."""
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT
        self._rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, options))
        if self._rate <= 0:
            raise OSError(f"eSpeak NG finds no data in {data.decode()}")
        self._parts: list[NDArray[np.int16]] = []
        self._phones: list[Phone] = []
        self._callback = Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, order: SpeechOrder) -> SynthesisedSpeech:
        """See `Synthesiser.say`; `pitch` is heeded, `size` is the variant's own."""
        name = _CODES.get(order.language, order.language)
        name += f"+{order.voice}" if order.voice else ""
        if self._library.espeak_SetVoiceByName(name.encode()):
            raise ValueError(f"eSpeak NG has no voice {name!r}")
        pitch = round(np.clip(_USUAL_PITCH * order.pitch, 0, 99))
        for parameter, value in (
            (_RATE, round(_WORDS_PER_MINUTE * order.speed)),
            (_PITCH, pitch),
            (_RANGE, 20 + order.seed % 60),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._parts.clear()
        self._phones.clear()
        text = order.text.encode() + b"\0"
        size = ctypes.c_size_t(len(text))
        self._library.espeak_Synth(text, size, 0, 1, 0, _UTF8, None, None)
        if not self._parts or not self._phones:
            raise ValueError(f"eSpeak NG said nothing for {order.text!r}")
        sound = np.concatenate(self._parts).astype(np.float32) / np.float32(32768)
        return SynthesisedSpeech(sound, self._rate, tuple(self._phones))

    def _take(
        self,
        samples: "ctypes._Pointer[ctypes.c_short]",
        count: int,
        events: "ctypes._Pointer[EspeakEvent]",
    ) -> int:
        """`t_espeak_callback`; 0 to go on."""
        if samples and count > 0:
            self._parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        at = 0
        while (event := events[at]).type != LIST_END:
            if event.type in (_END, _TERMINATED, PHONEME):
                said = event.type == PHONEME
                sign = event.id.string.decode("utf-8", "ignore") if said else SILENT
                self._phones.append(Phone(event.sample / self._rate, sign or SILENT))
            at += 1
        return 0
