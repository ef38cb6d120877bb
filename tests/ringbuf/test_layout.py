"""A layout's digest tells apart whatever would be read differently."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from ringbuf import Layout

BASE: list[Any] = [("n", "<u8"), ("pcm", "<f4", (640,))]


def test_the_same_declaration_has_the_same_digest() -> None:
    assert Layout("speech", np.dtype(BASE)).digest == Layout("speech", np.dtype(BASE)).digest
    assert 0 <= Layout("speech", np.dtype(BASE)).digest < 2**64


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("mic", np.dtype(BASE)),
        ("speech", np.dtype([("m", "<u8"), ("pcm", "<f4", (640,))])),
        ("speech", np.dtype([("n", "<i8"), ("pcm", "<f4", (640,))])),
        ("speech", np.dtype([("n", ">u8"), ("pcm", "<f4", (640,))])),
        ("speech", np.dtype([("n", "<u8"), ("pcm", "<f4", (2, 320))])),
        ("speech", np.dtype([("pcm", "<f4", (640,)), ("n", "<u8")])),
        ("speech", np.dtype([("n", "<u8"), ("pcm", [("left", "<f4")], (640,))])),
        ("speech", np.dtype({"names": ["n"], "formats": ["<u8"], "itemsize": 2568})),
        (
            "speech",
            np.dtype(
                {"names": ["n", "pcm"], "formats": ["<u8", "(640,)<f4"], "offsets": [2560, 0]}
            ),
        ),
    ],
)
def test_anything_else_has_another(name: str, dtype: np.dtype[np.void]) -> None:
    assert Layout(name, dtype).digest != Layout("speech", np.dtype(BASE)).digest


@given(st_np.array_dtypes(allow_subarrays=True), st.text(min_size=1, max_size=16))
def test_every_structured_dtype_has_a_digest(dtype: np.dtype[np.void], name: str) -> None:
    if dtype.itemsize:
        assert Layout(name, dtype).digest == Layout(name, np.dtype(dtype)).digest


@pytest.mark.parametrize(
    "dtype", [np.dtype("<f4"), np.dtype([("o", object)]), np.dtype([("nothing", "V0")])]
)
def test_a_dtype_that_shared_memory_cannot_hold_is_refused(dtype: np.dtype[np.void]) -> None:
    with pytest.raises(TypeError, match="'bad'"):
        Layout("bad", dtype)


@pytest.mark.parametrize("name", ["", "x" * 65, "é" * 33])
def test_a_name_that_the_header_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 64 bytes"):
        Layout(name, np.dtype(BASE))
