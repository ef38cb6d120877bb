import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.hearing.silero import MODEL
from data.services import Listening
from data.units import FEATURE_RATE
from models.hearing.endpoint import Confirmed, Endpointer, EndpointEvent, FalseAlarm, Onset, TurnEnd
from models.hearing.vad import CONTEXT, WINDOW, Vad, VadStream
from tests.models.hearing.conftest import Say

SENTENCES = [
    "Hello, how are you today?",
    "Could you tell me what the weather is like in Paris?",
    "I would like to book a table for two people at seven o'clock.",
    "Please wait a moment, I have a question.",
    "What is the capital of France?",
    "No, that is not what I meant.",
    "Tell me more about the second one.",
    "Thank you very much, that was helpful.",
]


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(int(seconds * FEATURE_RATE), np.float32)


def clicks(seconds: float) -> NDArray[np.float32]:
    """A keyboard: bursts of noise that die away in 5 ms, about eight a second."""
    random = np.random.default_rng(1)
    sound = random.normal(0, 0.002, int(seconds * FEATURE_RATE))
    shape = np.exp(-np.arange(400) / 80)
    for at in random.integers(0, len(sound) - 400, int(8 * seconds)):
        sound[at : at + 400] += random.normal(0, 0.3, 400) * shape
    return sound.astype(np.float32)


def noise(seconds: float, level: float) -> NDArray[np.float32]:
    count = int(seconds * FEATURE_RATE)
    return np.random.default_rng(2).normal(0, level, count).astype(np.float32)


def events(vad: Vad, sound: NDArray[np.float32]) -> list[EndpointEvent]:
    stream, endpointer = (
        VadStream(vad),
        Endpointer(Listening(early_ms=0, short_silence_ms=0, statement_silence_ms=0)),
    )
    found = [event for p in stream.push(sound) for event in endpointer.push(p)]
    return found + endpointer.finish()


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_is_heard_soon_and_as_one_turn(vad: Vad, say: Say, text: str) -> None:
    speech = say(text)
    first = int(np.argmax(np.abs(speech) > 0.01))
    lead = FEATURE_RATE
    onset, confirmed, turn = events(vad, np.concatenate([silence(1), speech, silence(1)]))
    assert isinstance(onset, Onset)
    assert isinstance(confirmed, Confirmed)
    assert isinstance(turn, TurnEnd)
    assert 0 <= onset.at - lead - first <= FEATURE_RATE // 4
    assert abs(turn.start - lead - first) <= FEATURE_RATE // 10
    assert abs(turn.end - lead - len(speech)) <= FEATURE_RATE // 2


@pytest.mark.parametrize(
    "sound",
    [silence(20), clicks(20), noise(20, 0.1), noise(20, 0.01), noise(20, 0.001)],
    ids=["silence", "clicks", "loud", "middling", "soft"],
)
def test_what_is_no_voice_is_not_heard(vad: Vad, sound: NDArray[np.float32]) -> None:
    assert events(vad, sound) == []


def test_speech_in_noise_is_heard(vad: Vad, say: Say) -> None:
    speech = np.concatenate([silence(1), say(SENTENCES[0]), silence(1)])
    found = events(vad, speech + noise(len(speech) / FEATURE_RATE, 0.01)[: len(speech)])
    assert [type(event) for event in found] == [Onset, Confirmed, TurnEnd]


def test_any_pieces_give_the_same_probabilities(vad: Vad, say: Say) -> None:
    sound = say(SENTENCES[0])
    whole = VadStream(vad).push(sound)
    assert len(whole) == len(sound) // WINDOW
    stream, found = VadStream(vad), []
    for piece in np.array_split(sound, 97):
        found += stream.push(piece)
    assert found == whole
    assert stream.push(np.zeros(0, np.float32)) == []


def test_a_reset_forgets_everything(vad: Vad, say: Say) -> None:
    sound = say(SENTENCES[0])
    stream = VadStream(vad)
    first = stream.push(sound)
    stream.reset()
    assert stream.push(sound) == first


def test_what_is_no_number_does_no_lasting_harm(vad: Vad, say: Say) -> None:
    stream = VadStream(vad)
    broken = np.full(WINDOW, np.nan, np.float32)
    broken[::3] = np.inf
    assert all(np.isfinite(stream.push(broken)))
    assert max(stream.push(say(SENTENCES[0]))) > 0.9


def test_windows_of_several_calls_are_one_batch(vad: Vad) -> None:
    random = np.random.default_rng(3)
    windows = random.normal(0, 0.1, (5, CONTEXT + WINDOW)).astype(np.float32)
    state = random.normal(0, 0.1, (2, 5, 128)).astype(np.float32)
    together, after = vad.run(windows, state)
    assert together.shape == (5,)
    for call in range(5):
        alone, its = vad.run(windows[call : call + 1], state[:, call : call + 1])
        np.testing.assert_allclose(together[call], alone[0], atol=1e-5)
        np.testing.assert_allclose(after[:, call], its[:, 0], atol=1e-4)


def test_the_network_is_the_one_that_its_licence_names() -> None:
    licence = Path(MODEL).with_name("LICENSE-silero-vad.txt").read_text()
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() in licence
    assert "MIT License" in licence


def test_a_turn_is_a_false_alarm_when_it_is_too_short(vad: Vad, say: Say) -> None:
    listening = Listening(
        min_speech_ms=3000, barge_ms=3000, early_ms=0, short_silence_ms=0, statement_silence_ms=0
    )
    stream, endpointer = VadStream(vad), Endpointer(listening)
    sound = np.concatenate([say("Stop."), silence(1)])
    found = [event for p in stream.push(sound) for event in endpointer.push(p)]
    assert [type(event) for event in found] == [Onset, FalseAlarm]


def test_each_window_is_seen_with_the_samples_before_it(vad: Vad, say: Say) -> None:
    sound = say(SENTENCES[0])[: 40 * WINDOW]
    padded = np.concatenate([np.zeros(CONTEXT, np.float32), sound])
    state = np.zeros((2, 1, 128), np.float32)
    expected = []
    for begin in range(0, len(sound), WINDOW):
        window = padded[begin : begin + CONTEXT + WINDOW]
        probability, state = vad.run(window[None], state)
        expected.append(float(probability[0]))
    found = VadStream(vad).push(sound)
    assert [p or given for p, given in zip(found, expected, strict=True)] == expected
    assert found.count(0.0) < len(found) / 4, "but for what is far quieter than the voice"


def test_the_end_of_a_voice_is_known_at_once(vad: Vad, say: Say) -> None:
    for text in SENTENCES:
        speech = say(text)
        last = int(np.flatnonzero(np.abs(speech) > 0.02)[-1])
        heard = VadStream(vad).push(np.concatenate([speech[:last], silence(0.5)]))
        voiced = np.flatnonzero(np.array(heard) > 0.25)
        assert (voiced[-1] + 1) * WINDOW - last < 2 * WINDOW, text


def test_the_network_is_not_asked_of_a_long_silence_and_hears_who_begins_after_it(
    vad: Vad, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, run = [0], vad.run

    def counted(*given: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        asked[0] += 1
        return run(*given)

    monkeypatch.setattr(vad, "run", counted)
    stream = VadStream(vad)
    assert set(stream.push(silence(10))[10:]) == {0.0}
    assert asked[0] == 10
    for text in SENTENCES:
        stream.push(silence(1))
        speech = say(text)
        after = [p > 0.4 for p in stream.push(np.concatenate([speech, silence(0.5)]))]
        fresh = [p > 0.4 for p in VadStream(vad).push(np.concatenate([speech, silence(0.5)]))]
        assert abs(after.index(True) - fresh.index(True)) <= 2, f"{text}: windows begin elsewhere"


def test_a_quiet_person_is_heard_after_a_loud_one(vad: Vad, say: Say) -> None:
    loud = np.concatenate([say(SENTENCES[0]), silence(0.5)])
    loud = loud[: len(loud) // WINDOW * WINDOW]
    quiet = loud * np.float32(0.05)
    alone, after = VadStream(vad), VadStream(vad)
    after.push(loud)
    voiced = [sum(p > 0.4 for p in stream.push(quiet)) for stream in (alone, after)]
    assert voiced[1] >= 0.9 * voiced[0] > 0
