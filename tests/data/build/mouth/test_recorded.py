"""Recordings of people with their texts, as Debian's packages hold them."""

import gzip
from pathlib import Path

import av
import numpy as np
import pytest

pytest.importorskip("espeakng_loader", reason="the extra `build` is not installed")

from data.build.mouth.synthesisers.espeak import EspeakSynthesiser
from data.build.mouth.synthesisers.recorded import (
    RecordedSynthesiser,
    RecordingsMissing,
    decoded,
    prompts,
    spoken,
)
from data.build.mouth.synthesisers.synthesiser import SpeechOrder
from data.units import FEATURE_RATE

TEXTS = {
    "vm-intro": "Please leave a message after the tone.",
    "digits/7": "seven",
    "beep": "[this is a simple beep tone]",
    "not-here": "There is no such file.",
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of recordings and of texts; eSpeak is the person."""
    sounds, texts = (tmp_path_factory.mktemp(name) for name in ("sounds", "texts"))
    espeak = EspeakSynthesiser()
    for name in ("vm-intro", "digits/7", "beep"):
        path = sounds / "en" / f"{name}.g722"
        path.parent.mkdir(parents=True, exist_ok=True)
        said = espeak.say(SpeechOrder(TEXTS[name], "")).at_feature_rate()
        write_g722(path, np.pad(said, FEATURE_RATE // 4))
    file = texts / "asterisk-core-sounds-en" / "core-sounds-en.txt.gz"
    file.parent.mkdir()
    lines = ["; Core Asterisk Sounds", "", *(f"{name}: {said}" for name, said in TEXTS.items())]
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    return sounds, texts


def write_g722(path: Path, sound: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    with av.open(str(path), "w", format="g722") as container:
        stream = container.add_stream("g722", rate=FEATURE_RATE, layout="mono")
        whole = np.round(sound[: len(sound) // 320 * 320] * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
        frame.rate = FEATURE_RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def test_prompts_are_the_recordings_whose_words_are_known(packages: tuple[Path, Path]) -> None:
    sounds, texts = packages
    found = {prompt.path.name: prompt.text for prompt in prompts(sounds, texts, "en")}
    assert found == {"vm-intro.g722": TEXTS["vm-intro"], "7.g722": "seven"}


def test_without_the_packages_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(RecordingsMissing, match="apt-get install asterisk-core-sounds-ru-g722"):
        RecordedSynthesiser(tmp_path, tmp_path).say(SpeechOrder("", "ru", "ru"))


def test_phones_lie_in_the_speech_of_their_prompts(packages: tuple[Path, Path]) -> None:
    said = RecordedSynthesiser(*packages).say(SpeechOrder("", "en", "en", seed=1))
    starts = [phone.start for phone in said.phones]
    assert said.rate == FEATURE_RATE
    assert 9 <= len(said.sound) / said.rate < 20
    assert starts == sorted(starts) and starts[-1] < len(said.sound) / said.rate
    level = np.abs(said.sound)
    spoken_at = [phone.start for phone in said.phones if phone.sign != "_"]
    near = [level[max(round((at - 0.05) * FEATURE_RATE), 0) :][: FEATURE_RATE // 5].max()
            for at in spoken_at]  # fmt: skip
    assert min(near) > 0.01


def test_the_same_seed_quotes_the_same(packages: tuple[Path, Path]) -> None:
    speaker = RecordedSynthesiser(*packages)
    one, other = (speaker.say(SpeechOrder("", "en", "en", seed=3)) for _ in range(2))
    assert [phone.sign for phone in one.phones] == [phone.sign for phone in other.phones]
    np.testing.assert_array_equal(one.sound, other.sound)


def test_speech_is_found_between_silences(packages: tuple[Path, Path]) -> None:
    sound = decoded(packages[0] / "en" / "vm-intro.g722")
    first, last = spoken(sound)
    assert 0.2 < first < 0.4
    assert len(sound) / FEATURE_RATE - 0.6 < last <= len(sound) / FEATURE_RATE - 0.15
    assert spoken(np.zeros(1600, np.float32)) == (0.0, 0.1)
