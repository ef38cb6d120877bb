"""Pickle files read as data: numbers, strings, lists, tuples, dicts and plain arrays.

In: the bytes of a pickle (protocol 0 to 5). Out: the value. Pure; runs where avatars are
imported. Nothing is unpickled: `pickletools.genops` only splits the bytes into opcodes, and
this small machine carries out those that build data. A name that a pickle asks for is never
imported: it is looked up in a table of what may be made, and refused by name if it is not
there. Source: the opcodes' own descriptions in CPython's Lib/pickletools.py.
"""

import pickletools
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from data.imports.errors import ImportRefused
from data.imports.plain_arrays import ARRAY_NAMES, PickledObject

MAX_BYTES: Final = 1 << 30
MAX_STEPS: Final = 20_000_000

_MARK: Final = object()
_UNDER_WAY: Final = object()

_AS_THEY_ARE: Final = frozenset(
    {
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE"),
        *("BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    }
)
_WORTH: Final[Mapping[str, Any]] = MappingProxyType(
    {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
)
_TUPLES: Final[Mapping[str, int]] = MappingProxyType({"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3})
_PUTS: Final = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_GETS: Final = frozenset({"GET", "BINGET", "LONG_BINGET"})

Names = Mapping[str, Callable[..., Any]]
"""What a pickle may ask for, by "module name", and what makes it here."""


def safe_pickle(path: Path) -> Any:
    """The value in the pickle at `path`; ImportRefused says what it tried, or what is broken.

    Numbers, strings, bytes, None, lists, tuples, dicts, and numpy arrays and scalars of plain
    numbers. Everything else is refused and never imported.
    """
    if not path.is_file():
        raise ImportRefused(f"{path}: no such file")
    if path.stat().st_size > MAX_BYTES:
        raise ImportRefused(f"{path}: larger than {MAX_BYTES >> 20} MB")
    try:
        return read_pickle(path.read_bytes(), ARRAY_NAMES)
    except ImportRefused as error:
        raise ImportRefused(f"{path}: {error}") from error


def read_pickle(
    content: bytes, names: Names, persistent: Callable[[Any], Any] | None = None
) -> Any:
    """Read `content`; `persistent` gives what a persistent id stands for (none are allowed
    without it). ImportRefused as for `safe_pickle`."""
    machine = _Machine(names, persistent)
    try:
        for step, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            if step > MAX_STEPS:
                raise ImportRefused(f"more than {MAX_STEPS} steps")
            machine.step(opcode.name, argument)
        return machine.result()
    except ImportRefused:
        raise
    except (ValueError, IndexError, KeyError, TypeError, RecursionError) as error:
        raise ImportRefused(f"not a whole pickle ({error})") from error


class _Machine:
    def __init__(self, names: Names, persistent: Callable[[Any], Any] | None) -> None:
        self._names = names
        self._persistent = persistent
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def result(self) -> Any:
        (value,) = self._stack
        return _plain(value, {})

    def step(self, name: str, argument: Any) -> None:
        """Carry out one opcode."""
        stack = self._stack
        if name in _AS_THEY_ARE:
            stack.append(argument)
        elif name in _WORTH:
            stack.append(_WORTH[name])
        elif name in _TUPLES:
            self._join(_TUPLES[name])
        elif name in _PUTS or name == "MEMOIZE":
            self._memo[len(self._memo) if name == "MEMOIZE" else int(argument)] = stack[-1]
        elif name in _GETS:
            stack.append(self._memo[int(argument)])
        elif name not in ("PROTO", "FRAME", "STOP"):
            self._act(name, argument)

    def _act(self, name: str, argument: Any) -> None:
        action = _ACTIONS.get(name)
        if action is None:
            raise ImportRefused(f"the pickle does {name}; only plain data is read")
        action(self, argument)

    def _join(self, count: int) -> None:
        parts = [self._stack.pop() for _ in range(count)]
        self._stack.append(tuple(reversed(parts)))

    def _from_mark(self) -> list[Any]:
        parts = []
        while (part := self._stack.pop()) is not _MARK:
            parts.append(part)
        return parts[::-1]

    def _mark(self, _: Any) -> None:
        self._stack.append(_MARK)

    def _tuple(self, _: Any) -> None:
        self._stack.append(tuple(self._from_mark()))

    def _list(self, _: Any) -> None:
        self._stack.append(self._from_mark())

    def _empty_list(self, _: Any) -> None:
        self._stack.append([])

    def _empty_dict(self, _: Any) -> None:
        self._stack.append({})

    def _dict(self, _: Any) -> None:
        parts = self._from_mark()
        self._stack.append(dict(zip(parts[::2], parts[1::2], strict=True)))

    def _append(self, _: Any) -> None:
        part = self._stack.pop()
        _as(list, self._stack[-1]).append(part)

    def _appends(self, _: Any) -> None:
        parts = self._from_mark()
        _as(list, self._stack[-1]).extend(parts)

    def _set_item(self, _: Any) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        _as(dict, self._stack[-1])[key] = value

    def _set_items(self, _: Any) -> None:
        parts = self._from_mark()
        _as(dict, self._stack[-1]).update(zip(parts[::2], parts[1::2], strict=True))

    def _pop(self, _: Any) -> None:
        self._stack.pop()

    def _pop_mark(self, _: Any) -> None:
        self._from_mark()

    def _global(self, argument: Any) -> None:
        self._stack.append(self._name(str(argument)))

    def _stack_global(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._stack.append(self._name(f"{module} {name}"))

    def _instance(self, argument: Any) -> None:
        self._name(str(argument))
        raise ImportRefused(f"the pickle makes a {argument}; only plain data is read")

    def _name(self, wanted: str) -> Callable[..., Any]:
        try:
            return self._names[wanted]
        except KeyError:
            dotted = wanted.replace(" ", ".")
            raise ImportRefused(
                f"the file tries to load {dotted!r}, which is refused; only numbers, lists, "
                "tuples and plain arrays are read"
            ) from None

    def _reduce(self, _: Any) -> None:
        arguments, make = _as(tuple, self._stack.pop()), self._stack.pop()
        if not any(make is allowed for allowed in self._names.values()):
            raise ImportRefused("the pickle calls something that is no function")
        self._stack.append(make(*arguments))

    def _build(self, _: Any) -> None:
        state = self._stack.pop()
        made = self._stack[-1]
        if not isinstance(made, PickledObject):
            raise ImportRefused(f"the pickle gives a state to a {type(made).__name__}")
        made.build(state)

    def _persistent_id(self, _: Any) -> None:
        if self._persistent is None:
            raise ImportRefused("the pickle refers to data outside of it")
        self._stack.append(self._persistent(self._stack.pop()))


_ACTIONS: Final[Mapping[str, Callable[[_Machine, Any], None]]] = MappingProxyType(
    {
        "MARK": _Machine._mark,
        "TUPLE": _Machine._tuple,
        "LIST": _Machine._list,
        "EMPTY_LIST": _Machine._empty_list,
        "DICT": _Machine._dict,
        "EMPTY_DICT": _Machine._empty_dict,
        "APPEND": _Machine._append,
        "APPENDS": _Machine._appends,
        "SETITEM": _Machine._set_item,
        "SETITEMS": _Machine._set_items,
        "POP": _Machine._pop,
        "POP_MARK": _Machine._pop_mark,
        "GLOBAL": _Machine._global,
        "STACK_GLOBAL": _Machine._stack_global,
        "INST": _Machine._instance,
        "OBJ": _Machine._instance,
        "REDUCE": _Machine._reduce,
        "BUILD": _Machine._build,
        "BINPERSID": _Machine._persistent_id,
    }
)


def _as(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ImportRefused(f"the pickle takes a {type(value).__name__} for a {kind.__name__}")
    return value


def _plain(value: Any, known: dict[int, Any]) -> Any:
    """The value with its arrays in place of what they were made from.

    `known`: what was seen before, by identity: a part that is shared stays shared, so that a
    small file cannot stand for an endless tree."""
    if value is None or isinstance(value, bool | int | float | str | bytes | bytearray):
        return value
    key = id(value)
    if key not in known:
        known[key] = _UNDER_WAY
        known[key] = _copied(value, known)
    if known[key] is _UNDER_WAY:
        raise ImportRefused("the pickle holds a list within itself")
    return known[key]


def _copied(value: Any, known: dict[int, Any]) -> Any:
    if isinstance(value, PickledObject):
        return value.value()
    if type(value) is list:
        return [_plain(part, known) for part in value]
    if type(value) is tuple:
        return tuple(_plain(part, known) for part in value)
    if type(value) is dict:
        return {_plain(key, known): _plain(part, known) for key, part in value.items()}
    raise ImportRefused(f"the pickle holds a {type(value).__name__}; only plain data is read")
