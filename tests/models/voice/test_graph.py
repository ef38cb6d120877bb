"""A graph gives away a tensor more, without the onnx package."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hibari.voices import voice_path

from models.voice.graph import FLOAT, INT64, with_output


def _session(model: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def model() -> bytes:
    return Path(voice_path("heart", download_missing=False)).read_bytes()


def test_the_tensor_is_the_last_output_and_the_others_stay(model: bytes) -> None:
    before = [output.name for output in _session(model).get_outputs()]
    session = _session(with_output(model, "/Cast_32_output_0", INT64))
    assert [output.name for output in session.get_outputs()] == [*before, "/Cast_32_output_0"]
    ids = np.asarray([[0, 50, 83, 54, 156, 31, 0]], np.int64)
    *_, f0, durations = session.run(None, {"ids": ids, "speed": np.ones(1, np.float32)})
    assert durations.size == ids.size
    assert durations.sum() * 2 == f0.shape[-1], "units of 600 samples, frames of 300"


@pytest.mark.parametrize(("tensor", "kind"), [("/nowhere", INT64), ("/Cast_32_output_0", FLOAT)])
def test_a_tensor_that_is_not_there_is_refused(model: bytes, tensor: str, kind: int) -> None:
    with pytest.raises(Exception, match=tensor):  # onnxruntime's have no base class
        _session(with_output(model, tensor, kind))


def test_long_names_are_written_whole(model: bytes) -> None:
    name = "/a" * 200
    with pytest.raises(Exception, match=name):  # onnxruntime's have no base class
        _session(with_output(model, name, INT64))
