"""Which clips are synthesised: the same list every time.

In: a scale. Out: orders with their splits. Pure; owns nothing.

The splits share no sentence. Training, validation and test share no voice either, but for
Hibari, which has one: its validation and test are unseen sentences of it. Validation adds a
language (Italian) and a kind of voice (flite's awb), the test two languages (Russian,
Vietnamese), flite's slt, and two synthesisers that training never hears: Piper and Kokoro.
Recordings are of people, one for training and one for the rest in each split.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from data.build.mouth.noises import NOISES
from data.build.mouth.sentences import syllables, text, words
from data.build.mouth.synthesisers.synthesiser import INVENTED, SpeechOrder

SEED: Final = 20
ESPEAK_VOICES: Final = {
    "train": (
        "", "m1", "m2", "m3", "m4", "m5", "m6", "f1", "f2", "f3", "f4", "klatt", "klatt2",
        "klatt3", "Alex", "Andy", "Alicia", "adam", "belinda", "caleb", "david", "Denis", "ed",
        "Gene", "Hugo", "Jacky", "linda", "Marco", "Michael", "paul", "quincy", "rob", "robert",
        "steph", "zac", "grandma", "grandpa", "boris", "edward", "pablo", "sandro", "aunty",
        "anika", "shelby", "travis", "Diogo", "gustave",
    ),
    "val": ("m7", "f5", "klatt5", "Lee", "victor", "marcelo"),
    "test": ("m8", "klatt4", "Annie", "max", "Andrea", "steph2", "Mike", "benjamin", "john"),
}  # fmt: skip
ESPEAK_LANGUAGES: Final = {
    "train": (
        "en", "en", "en", "en-gb", "zh", "zh", "zh", "zh", "zh", "zh", "de", "fr", "es", "pt",
        "nl", "sv", "pl", "cs", "tr", "fi", "id", "ja", "ko",
    ),
    "val": ("en", "zh", "it", "it"),
    "test": ("en", "zh", "ru", "vi"),
}  # fmt: skip
FLITE_VOICES: Final = {"train": ("kal", "kal16", "rms", "rms"), "val": ("awb",), "test": ("slt",)}
FESTIVAL_VOICES: Final = {
    "train": (
        ("ked_diphone", "en"), ("msu_ru_nsh_clunits", "ru"), ("czech_dita", "cs"),
        ("upc_ca_ona_hts", "es"), ("suo_fi_lj_diphone", "fi"), ("msu_ru_nsh_clunits", "ru"),
        ("czech_krb", "cs"), ("upc_ca_ona_hts", "it"), ("hy_fi_mv_diphone", "id"),
        ("czech_machac", "cs"), ("czech_ph", "cs"),
    ),
    "val": (("pc_diphone", "it"), ("lp_diphone", "it")),
}  # fmt: skip
"""Voices, and the language whose sentences they read, each by its own spelling's rules."""
RECORDED_VOICES: Final = {"train": ("ru", "it"), "val": ("fr",), "test": ("en", "es")}
"""Languages of the recordings. Those for training are CC BY and of two people; the others, of two
others, are CC BY-SA, and no weight is learned from them."""
KOKORO_VOICES: Final = {
    "zh": ("zf_xiaoxiao", "zm_yunjian", "zf_xiaoyi", "zm_yunxi"),
    "en": ("am_adam", "bf_emma", "am_michael", "bm_george"),
}
"""af_heart is not among them: it is Hibari's teacher."""
HIBARI_READS: Final = 540
"""So many of its clips are English; the others are syllables of no language."""
COUNTS: Final = {
    ("espeak", "train"): 690, ("espeak", "val"): 40, ("espeak", "test"): 48,
    ("flite", "train"): 360, ("flite", "val"): 40, ("flite", "test"): 48,
    ("festival", "train"): 352, ("festival", "val"): 32,
    ("recorded", "train"): 400, ("recorded", "val"): 24, ("recorded", "test"): 36,
    ("hibari", "train"): 840, ("hibari", "val"): 24, ("hibari", "test"): 24,
    ("noise", "train"): 280, ("noise", "val"): 42, ("noise", "test"): 84,
    ("piper", "test"): 40, ("kokoro", "test"): 48, ("kokoro-english", "test"): 16,
}  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """One clip: `name` is its file's; of a noise, `order.voice` is the noise's name."""

    name: str
    kind: str
    split: str
    order: SpeechOrder


def planned(scale: float = 1.0, kinds: frozenset[str] | None = None) -> Iterator[Planned]:
    """Yield the clips; `scale` shrinks every count (1 at least), `kinds` leaves others out."""
    for (kind, split), count in COUNTS.items():
        if kinds is not None and kind not in kinds:
            continue
        for at in range(max(1, round(count * scale))):
            random = np.random.default_rng([SEED, *f"{kind}-{split}-{at}".encode()])
            yield Planned(f"{kind}-{split}-{at:04d}", kind, split, _order(kind, split, at, random))


def _order(kind: str, split: str, at: int, random: np.random.Generator) -> SpeechOrder:
    seed = int(random.integers(2**31))
    vary = split == "train"
    if kind == "noise":
        return SpeechOrder("", tuple(NOISES)[at % len(NOISES)], "", seed=seed)
    if kind == "espeak":
        languages, voices = ESPEAK_LANGUAGES[split], ESPEAK_VOICES[split]
        language = languages[at % len(languages)]
        said = text("en" if language == "en-gb" else language, split, random)
        voice = voices[int(random.integers(len(voices)))]
        speed, pitch = random.uniform(0.65, 1.5), random.uniform(0.3, 1.7)
        return SpeechOrder(said, voice, language, speed, pitch, seed=seed)
    speed = random.uniform(0.8, 1.25) if vary else 1.0
    if kind == "flite":
        voices = FLITE_VOICES[split]
        return SpeechOrder(
            text("en", split, random), voices[at % len(voices)], speed=speed, seed=seed
        )
    if kind == "festival":
        voice, language = FESTIVAL_VOICES[split][at % len(FESTIVAL_VOICES[split])]
        invented = vary and language not in ("en", "ru") and random.random() < 0.5
        said = words(random) if invented else text(language, split, random)
        return SpeechOrder(said, voice, language, speed=speed, seed=seed)
    if kind == "hibari":
        many = vary and random.random() < 0.8
        pitch = 2 ** random.uniform(-1.1, 0.4) if many else 1.0
        size = float(np.clip(pitch**0.25 * 2 ** random.uniform(-0.15, 0.15), 0.8, 1.25))
        size = size if many else 1.0
        if vary and at >= HIBARI_READS:
            return SpeechOrder(syllables(random), "heart", INVENTED, speed, pitch, size, seed)
        return SpeechOrder(text("en", split, random), "heart", "en", speed, pitch, size, seed)
    if kind == "recorded":
        voice = RECORDED_VOICES[split][at % len(RECORDED_VOICES[split])]
        return SpeechOrder("", voice, voice, seed=seed)
    if kind == "piper":
        return SpeechOrder(text("en", split, random), "joe", seed=seed)
    language = "en" if kind == "kokoro-english" else "zh"
    voices = KOKORO_VOICES[language]
    return SpeechOrder(text(language, split, random), voices[at % len(voices)], language, seed=seed)
