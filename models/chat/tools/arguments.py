"""The arguments of a call, checked against the tool's JSON schema before it is called.

In: JSON as a model wrote it. Out: an object that the schema allows, or what is wrong with it, for
the model, which may mend it. Checked by jsonschema (https://github.com/python-jsonschema/jsonschema,
MIT, the reference of the specification). A schema that refers to another file is refused: nothing
is fetched. Pure; owns one checker for each tool.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from models.chat.tools.call import ToolError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_MOST: Final = 3
"""Faults that the model is told of at once."""
_LONGEST: Final = 100_000
"""Characters of arguments."""
_SAID: Final = 300


class ArgumentCheck:
    """Of one tool."""

    def __init__(self, name: str, schema: Mapping[str, Any]) -> None:
        """Raise ValueError when `schema` is no JSON schema of an object."""
        self._name = name
        self._checker = _checker(name, dict(schema))

    def read(self, text: str) -> dict[str, Any]:
        """The arguments. Raise ToolError (refused)."""
        from referencing.exceptions import Unresolvable  # noqa: PLC0415 - only who has tools

        if len(text) > _LONGEST:
            raise self._refused(f"the arguments have over {_LONGEST} characters")
        try:
            found = json.loads(text or "{}")
        except (json.JSONDecodeError, RecursionError) as garbled:
            raise self._refused(f"the arguments are no JSON: {garbled}") from garbled
        if not isinstance(found, dict):
            raise self._refused("the arguments are no JSON object")
        try:
            faults = [_fault(error) for error in self._checker.iter_errors(found)]
        except (Unresolvable, RecursionError) as outside:
            raise self._refused(f"the schema cannot be followed: {outside}") from outside
        if faults:
            raise self._refused("; ".join(faults[:_MOST]))
        return found

    def _refused(self, why: str) -> ToolError:
        return ToolError("refused", f"{self._name} was not called: {why}", "wrong arguments")


def _fault(error: Any) -> str:
    where = "".join(f"[{part!r}]" for part in error.absolute_path)
    return f"{where}: {error.message}"[:_SAID] if where else error.message[:_SAID]


def _checker(name: str, schema: dict[str, Any]) -> "Validator":
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 - only who has tools
    from jsonschema.validators import validator_for  # noqa: PLC0415 - as above
    from referencing import Registry  # noqa: PLC0415 - as above

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as wrong:
        where = "".join(f"[{part!r}]" for part in wrong.absolute_path)
        raise ValueError(f"tool {name}: parameters{where}: {wrong.message}") from wrong
    if schema.get("type", "object") != "object":
        raise ValueError(f"tool {name}: parameters have to be the schema of an object")
    checker: Validator = kind(schema, registry=Registry())
    return checker
