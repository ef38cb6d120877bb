"""Arguments that a model wrote, against the schema that it was given."""

import json
from typing import Any

import pytest

from models.chat.tools.arguments import ArgumentCheck
from models.chat.tools.call import ToolError

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 1},
        "days": {"type": "integer", "minimum": 1},
        "units": {"enum": ["C", "F"]},
    },
    "required": ["city"],
    "additionalProperties": False,
}


def refusal(text: str, schema: dict[str, Any] = SCHEMA) -> str:
    with pytest.raises(ToolError) as refused:
        ArgumentCheck("weather", schema).read(text)
    assert refused.value.outcome == "refused"
    return str(refused.value)


def test_what_the_schema_allows_is_read() -> None:
    check = ArgumentCheck("weather", SCHEMA)
    assert check.read('{"city": "Oslo", "days": 2}') == {"city": "Oslo", "days": 2}
    assert ArgumentCheck("now", {"type": "object", "properties": {}}).read("") == {}
    assert ArgumentCheck("now", {}).read("{}") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'city' is a required property"),
        ('{"city": 3}', "['city']: 3 is not of type 'string'"),
        ('{"city": "Oslo", "days": 0}', "['days']: 0 is less than the minimum of 1"),
        ('{"city": "Oslo", "days": "2"}', "['days']: '2' is not of type 'integer'"),
        ('{"city": "Oslo", "units": "K"}', "'K' is not one of ['C', 'F']"),
        ('{"city": "Oslo", "country": "no"}', "'country' was unexpected"),
        ('["Oslo"]', "no JSON object"),
        ('"Oslo"', "no JSON object"),
        ('{"city": "Os', "no JSON"),
        ("Oslo", "no JSON"),
        ("[" * 90_000, "no JSON"),
        (json.dumps({"city": "O" * 100_000}), "over 100000 characters"),
    ],
)
def test_the_model_is_told_what_is_wrong(text: str, told: str) -> None:
    message = refusal(text)
    assert message.startswith("weather was not called: ")
    assert told in message
    assert len(message) < 1100


def test_a_schema_that_lies_elsewhere_is_not_fetched() -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/schema.json"}}}
    assert "cannot be followed" in refusal('{"a": 1}', schema)


def test_a_schema_may_refer_to_itself() -> None:
    tree: dict[str, Any] = {
        "type": "object",
        "properties": {"next": {"$ref": "#"}, "name": {"$ref": "#/$defs/name"}},
        "$defs": {"name": {"type": "string"}},
    }
    check = ArgumentCheck("tree", tree)
    assert check.read('{"next": {"name": "b"}, "name": "a"}')["name"] == "a"
    assert "['next']['name']: 1" in refusal('{"next": {"name": 1}}', tree)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "object", "properties": {"a": {"type": "text"}}}, r"\['properties'\]\['a'\]"),
        ({"type": "array"}, "schema of an object"),
        ({"required": "city"}, r"\['required'\]"),
    ],
)
def test_what_is_no_schema_of_an_object_is_refused(schema: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"tool t: .*{told}"):
        ArgumentCheck("t", schema)
