"""Pickles are read as data; what would run is refused by its name and does not run."""

import os
import pickle
import subprocess
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.imports.errors import ImportRefused
from data.imports.pickles import read_pickle, safe_pickle
from data.imports.plain_arrays import ARRAY_NAMES

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(plain, st.sampled_from(PROTOCOLS))
def test_plain_data_comes_back_as_it_was(value: Any, protocol: int) -> None:
    assert read_pickle(pickle.dumps(value, protocol), ARRAY_NAMES) == value


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("code", ["u1", "<i8", ">i4", "f2", "<f4", "f8", "?", "c16"])
def test_arrays_of_numbers_come_back(protocol: int, code: str) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(code)
    for value in (array, np.asfortranarray(array), array[:0], array[1, ::2]):
        (got,) = read_pickle(pickle.dumps([value], protocol), ARRAY_NAMES)
        assert got.dtype == value.dtype
        np.testing.assert_array_equal(got, value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_coordinates_of_an_avatar_come_back(protocol: int, tmp_path: Path) -> None:
    boxes = [(np.int64(3), 40, np.int32(5), np.float32(60)), [1, 2, 3, 4]]
    (tmp_path / "coords.pkl").write_bytes(pickle.dumps(boxes, protocol))
    assert safe_pickle(tmp_path / "coords.pkl") == [(3, 40, 5, 60.0), [1, 2, 3, 4]]


class Evil:
    """Calls `function(*arguments)` when it is unpickled."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("touch {0}",), f"{os.name}.system"),
        (eval, ("open('{0}', 'w')",), "eval"),
        (exec, ("open('{0}', 'w')",), "exec"),
        (subprocess.Popen, (["touch", "{0}"],), "Popen"),
        (getattr, (1, "real"), "getattr"),
        (np.load, ("{0}",), "load"),
        (np.fromfile, ("{0}",), "fromfile"),
        (OrderedDict, (), "collections.OrderedDict"),
    ],
)
def test_what_would_run_is_refused_by_name(
    function: Any, arguments: tuple[Any, ...], name: str, protocol: int, tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    filled = tuple(a.format(touched) if isinstance(a, str) else a for a in arguments)
    (tmp_path / "coords.pkl").write_bytes(pickle.dumps([1, Evil(function, *filled)], protocol))
    with pytest.raises(ImportRefused, match=name):
        safe_pickle(tmp_path / "coords.pkl")
    assert not touched.exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_of_objects_are_refused(protocol: int) -> None:
    array = np.array([Evil(os.system, "true"), None], dtype=object)
    with pytest.raises(ImportRefused, match=r"array of objects|system"):
        read_pickle(pickle.dumps(array, protocol), ARRAY_NAMES)


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.array(["a"]), "<U1"),
        (np.zeros(2, [("x", "f4")]), "V4|void"),
        (np.array(["2020-01-01"], "datetime64[D]"), "datetime64"),
    ],
)
def test_arrays_of_other_things_are_refused(array: Any, word: str) -> None:
    with pytest.raises(ImportRefused, match=word):
        read_pickle(pickle.dumps(array), ARRAY_NAMES)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a pickle",
        pickle.dumps([1, 2, 3])[:-3],
        b"cos\nsystem\n(S'true'\ntR.",  # the oldest trick, protocol 0
        b"(S'true'\nios\nsystem\n.",  # INST
        b"(cos\nsystem\nS'true'\no.",  # OBJ
        b"\x80\x02cnumpy\nndarray\nq\x00J\x00\x00\x00\x7f\x85R.",  # ndarray(2 GB)
        b"\x80\x02cnumpy\ndtype\n.",  # a function, not data
        b"\x80\x02}\x8c\x01ab.",  # BUILD on a dict
        b"\x80\x02\x82\x01.",  # EXT1
        b"\x80\x02Pid\n.",  # PERSID
        b"a.",  # APPEND on nothing
    ],
)
def test_broken_and_odd_pickles_are_refused(content: bytes) -> None:
    with pytest.raises(ImportRefused):
        read_pickle(content, ARRAY_NAMES)


def test_an_array_may_not_claim_more_than_its_bytes() -> None:
    honest = pickle.dumps(np.zeros((2, 3), np.uint8), 2)
    with pytest.raises(ImportRefused, match="bytes"):
        read_pickle(honest.replace(b"K\x02K\x03", b"K\xffK\xff"), ARRAY_NAMES)


def test_a_list_within_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ImportRefused):
        read_pickle(pickle.dumps(endless), ARRAY_NAMES)


def test_a_small_file_may_not_grow_for_ever() -> None:
    value: Any = [0]
    for _ in range(200):
        value = [value, value]
    got = read_pickle(pickle.dumps(value), ARRAY_NAMES)
    assert got[0] is got[1]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"coords\.pkl: no such file"):
        safe_pickle(tmp_path / "coords.pkl")
