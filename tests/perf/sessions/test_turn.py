"""What the measurement of a turn says to the face, and its arithmetic."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import numpy as np
import pytest

from data.units import FEATURE_RATE
from perf.sessions.model_server import local_model
from perf.sessions.turn_report import as_taken, in_a_row, medians
from perf.sessions.turn_sounds import VOICED, Speaker, noises, quieter


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return Speaker()


def test_a_sentence_ends_with_its_last_voice(speaker: Speaker) -> None:
    said = speaker.say("What time is it now?")
    loud = np.flatnonzero(np.abs(said.sound) > VOICED * 32767)
    assert said.end_ms == pytest.approx((loud[-1] + 1) * 1000 / FEATURE_RATE, abs=1)


def test_a_pause_is_a_silence_between_two_words_and_as_long_as_was_asked(speaker: Speaker) -> None:
    plain = speaker.say("I would like a cup of coffee, please.")
    paused = speaker.paused("I would like", "a cup of coffee, please.", 700)
    assert 500 < paused.end_ms - plain.end_ms <= 700
    quiet = np.abs(paused.sound) == 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(int), [0]))))
    assert max(edges[1::2] - edges[::2]) >= 0.7 * FEATURE_RATE


def test_noises_are_the_same_each_time_and_full_enough_to_be_heard() -> None:
    for (name, one), other in zip(noises().items(), noises().values(), strict=True):
        assert np.array_equal(one, other), name
        assert np.abs(one.astype(int)).max() > VOICED * 32767, name
    assert np.abs(quieter(np.full(3, 10_000, np.int16), 20)).tolist() == [1000] * 3


def test_medians_are_of_every_part_and_a_part_that_was_not_taken_took_none() -> None:
    turns = [{"vad": 200.0, "face": 40.0}, {"vad": 220.0, "asr": 8.0, "face": 60.0}]
    assert medians(turns) == {
        "vad": 210.0, "asr": 4.0, "llm": 0.0, "sentence": 0.0, "tts": 0.0, "face": 50.0,
    }  # fmt: skip
    assert medians([]) == {}


def test_parts_in_a_row_begin_where_the_one_before_ends() -> None:
    assert in_a_row({"vad": 200.0, "asr": 50.0, "face": 40.0}) == (
        {"vad": (0.0, 200.0), "asr": (200.0, 250.0), "face": (250.0, 290.0)},
        200.0,
    )


def test_steps_that_were_taken_early_overlap_the_silence() -> None:
    steps = {"turn_end": 300.0, "words_asked": 60.0, "transcript": 200.0, "first_token": 210.0}
    steps |= {"first_sentence": 210.0, "first_sound": 260.0, "left": 380.0}
    spans, end = as_taken([steps, {}, steps])
    assert end == 300
    assert spans == {
        "vad": (0.0, 300.0),
        "asr": (60.0, 200.0),
        "llm": (200.0, 210.0),
        "sentence": (210.0, 210.0),
        "tts": (210.0, 260.0),
        "face": (300.0, 380.0),
    }


def test_the_local_model_streams_its_answer() -> None:
    with local_model(lambda said: f"Yes, {said}.", 0.0) as model:
        line = HTTPConnection(urlsplit(model.url).netloc, timeout=30)
        line.request(
            "POST",
            "/v1/chat/completions",
            json.dumps({"messages": [{"role": "user", "content": "I do"}]}),
        )
        told = line.getresponse().read().decode()
        line.close()
    events = [json.loads(part) for part in told.split("data: ")[1:-1]]
    said = "".join(event["choices"][0]["delta"].get("content", "") for event in events)
    assert said.strip() == "Yes, I do."
    assert told.endswith("data: [DONE]\n\n")
    assert (model.asked, model.left) == (1, 0)
