"""Transcription on this machine: Whisper through CTranslate2.

In: mono float32 at 16 kHz. Out: text. Runs in a thread of its own (the extra `asr`); owns the
model (40 to 3000 MB), freed with it. Sources: Radford et al., "Robust Speech Recognition via
Large-Scale Weak Supervision" (2022); https://github.com/SYSTRAN/faster-whisper (MIT).
"""

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.services import AsrService
from data.units import FEATURE_RATE
from models.hearing.transcriber import Told, may_hold_words, whisper_code
from models.hearing.words import spoken, words_in, words_of
from models.service_error import ServiceError, said

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

_SERVICE: Final = "faster-whisper"
_MOST_WAITING: Final = 8
_MOST_TOKENS: Final = 200
"""For 30 s of sound; a person says about 120 in that time."""
_REPETITIVE: Final = 2.4
"""Text that compresses better than this may be a loop (Whisper's own limit), or somebody who says
"Stop!" eight times."""
_MOST_WORDS_A_SECOND: Final = 10
"""Nobody says more; a loop has as many words as fit into 200 tokens."""
_WINDOW_SECONDS: Final = 30
"""Of sound that one text is for."""
_SHORT_WINDOW_SECONDS: Final = 8.0
_LONGER_SECONDS: Final = (0.0, 4.0)
_SHORT_SECONDS: Final = 20.0
"""A shorter sound is looked at in a window of its own length and a bit, which takes a quarter of
the time that 30 s take; what is doubtful there is looked at again in a window that is 4 s longer,
where a loop seldom comes again, and then in 30 s."""
_TAIL_SECONDS: Final = 2.0
_NO_SPEECH: Final = 0.6
_MOST_TOKENS_A_SECOND: Final = 12
_TIMES: Final = re.compile(r"<\|[\d.]+\|>")
_LEAST_LOG_PROBABILITY: Final = -1.0
"""Silence if the first is exceeded and the mean log probability is under the second, and under
that a loop for sure; Whisper's own limits. It writes "you" or "Thank you." for noise otherwise."""


class FasterWhisper:
    """One loaded Whisper; see `transcriber.Transcriber`. One sound at a time."""

    def __init__(self, model: "WhisperModel", thread: ThreadPoolExecutor, service: AsrService):
        """Use `load`."""
        self._model, self._thread, self._service = model, thread, service
        self._work: set[Future[str]] = set()
        """What runs or waits; the thread takes out what is done."""

    @classmethod
    async def load(cls, service: AsrService, threads: int = 1) -> "FasterWhisper":
        """Load `service.model`, a folder or a hub's name, int8, and transcribe a silence once.

        A folder is read from the disk alone; a name may be downloaded. Raise ServiceError when
        it cannot be had or the package is missing.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="asr")
        try:
            model = await asyncio.get_running_loop().run_in_executor(
                thread, _open, service.model, threads
            )
        except BaseException:
            thread.shutdown(wait=False)
            raise
        if not (service.language or model.model.is_multilingual):
            service = replace(service, language="en")
        return cls(model, thread, service)

    async def transcribe(
        self, sound: NDArray[np.float32], language: str = "", told: Told | None = None
    ) -> str:
        """See `transcriber.Transcriber.transcribe`. `told` gets each 30 s of a long sound."""
        has_words = may_hold_words(sound)
        if len(self._work) >= _MOST_WAITING:
            raise ServiceError(_SERVICE, "busy", f"{_MOST_WAITING} sounds wait already")
        if not has_words:
            return ""
        loop = asyncio.get_running_loop()

        def tell(text: str) -> None:
            if told is not None:
                loop.call_soon_threadsafe(told, text)

        wanted = threading.Event()
        wanted.set()
        work = self._thread.submit(
            _words, self._model, sound, language or self._service.language, tell, wanted
        )
        self._work.add(work)
        work.add_done_callback(self._work.discard)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(work), self._service.seconds)
        except TimeoutError as late:
            raise ServiceError(
                _SERVICE, "slow", f"no text within {self._service.seconds:g} seconds"
            ) from late
        finally:
            wanted.clear()

    async def partial(self, sound: NDArray[np.float32], language: str = "") -> str | None:
        """See `transcriber.Transcriber.partial`."""
        return None if self._work else await self.transcribe(sound, language)

    async def close(self) -> None:
        """Drop what waits, wait for what runs, free the thread."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)


def _open(model: str, threads: int) -> "WhisperModel":
    try:
        from faster_whisper import WhisperModel  # noqa: PLC0415 - the extra `asr`, in its thread
    except ImportError as missing:
        raise ServiceError(
            _SERVICE, "refused", "is not installed: pip install 'ringtalk[asr]'"
        ) from missing
    try:
        opened = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=threads)
        wanted = threading.Event()
        wanted.set()
        _words(opened, np.zeros(FEATURE_RATE, np.float32), "en", str, wanted)
    except (OSError, RuntimeError, ValueError) as unusable:
        raise ServiceError(
            _SERVICE,
            "refused",
            f"cannot load {model!r} (asr.model: a folder with a CTranslate2 "
            f"Whisper, or a hub's name): {said(str(unusable))}",
        ) from unusable
    return opened


def _words(
    model: "WhisperModel",
    sound: NDArray[np.float32],
    language: str,
    tell: Callable[[str], object],
    wanted: threading.Event,
) -> str:
    """Runs in the thread. Greedy: a bad sound costs no more than two looks in a short window and
    one in a whole one, and none after nobody has `wanted` it any more."""
    code = whisper_code(language)
    if code and len(sound) <= _SHORT_SECONDS * FEATURE_RATE:
        for longer in _LONGER_SECONDS:
            text = _in_short_window(model, sound, code, longer)
            if text is not None or not wanted.is_set():
                tell(text or "")
                return text or ""
    try:
        segments, _ = model.transcribe(
            sound,
            language=code or None,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            no_speech_threshold=_NO_SPEECH,
            log_prob_threshold=_LEAST_LOG_PROBABILITY,
            max_new_tokens=_MOST_TOKENS,
        )
        text = ""
        for segment in segments:
            if not _is_loop(segment, len(sound) / FEATURE_RATE):
                text = spoken(f"{text} {segment.text}")
                tell(text)
    except ValueError as wrong:
        raise ServiceError(_SERVICE, "refused", said(str(wrong))) from wrong
    except RuntimeError as failed:
        raise ServiceError(_SERVICE, "down", said(str(failed))) from failed
    return text


def _in_short_window(
    model: "WhisperModel", sound: NDArray[np.float32], code: str, longer: float
) -> str | None:
    """The words, looked for in as much silence as the sound needs, and so many seconds more; None
    for a doubtful result.

    Without the silence of a whole window the network may say the same again and again; its times
    show it, which is why they are asked for."""
    from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415 - loaded by _open

    seconds = len(sound) / FEATURE_RATE
    window = max(_SHORT_WINDOW_SECONDS, seconds + _TAIL_SECONDS) + longer
    whole = round(window * FEATURE_RATE)
    most_tokens = round(_MOST_TOKENS_A_SECOND * (seconds + 1))
    features = model.feature_extractor(np.pad(sound, (0, whole - len(sound))), padding=0)
    tokens = Tokenizer(
        model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=code
    )
    found = model.model.generate(
        model.encode(features[:, : features.shape[1] // 2 * 2]),
        [model.get_prompt(tokens, [], without_timestamps=False)],
        beam_size=1,
        sampling_temperature=0.0,
        return_scores=True,
        return_no_speech_prob=True,
        max_length=2 * most_tokens,  # CTranslate2 halves it
        max_initial_timestamp_index=50,
    )[0]
    ids = found.sequences_ids[0]
    parts = _TIMES.split(tokens.decode_with_timestamps(ids))
    doubted = found.no_speech_prob > _NO_SPEECH or found.scores[0] < _LEAST_LOG_PROBABILITY
    if doubted or len(ids) >= most_tokens or _repeats(parts):
        return None
    return spoken(" ".join(part.strip() for part in parts))


def _repeats(parts: list[str]) -> bool:
    """Whether some words come twice in a row."""
    words = words_of(" ".join(parts))
    return any(
        words[at : at + length] == words[at + length : at + 2 * length]
        for length in range(1, len(words) // 2 + 1)
        for at in range(len(words) - 2 * length + 1)
    )


def _is_loop(segment: "Segment", seconds: float) -> bool:
    """Whether the text repeats itself and was not said: doubted, or too long for the sound."""
    if segment.compression_ratio <= _REPETITIVE:
        return False
    most = _MOST_WORDS_A_SECOND * min(seconds, _WINDOW_SECONDS)
    return segment.avg_logprob < _LEAST_LOG_PROBABILITY or words_in(segment.text) > most
