"""docs/api.md, made from the OpenAPI description of the routes.

Run as `python -m server.api_doc [--check]`. Owns nothing.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from server.app import create_api
from server.docfile import write_or_check

PATH: Final = Path(__file__).parent.parent / "docs" / "api.md"

_HEAD: Final = """# HTTP API

Made by `python -m server.api_doc`. A running server shows the same at `/docs` (to try out)
and at `/openapi.json` (for programs).

{description}

Paths, fields and answers of `/human`, `/humanaudio`, `/interrupt_talk`, `/is_speaking` and
`/offer` are LiveTalking's, so that clients written for it work: session ids may be strings
or numbers, and fields that are not listed are ignored. Two things differ: a failure also has
its HTTP status, and browsers' pages of other origins are refused unless `cors_origins` in
[settings.md](settings.md) names them.

Every request may also be answered with 403 (a page of another origin), 408 (the body stopped
arriving), 413 (the body is too large), 421 (the Host is not this server) or 500 (a bug; `msg`
carries an id that is in the server's log).

```bash
curl http://localhost:8010/human -H 'Content-Type: application/json' \\
  -d '{{"sessionid": "SESSION", "type": "echo", "text": "Good morning."}}'
curl http://localhost:8010/humanaudio -F sessionid=SESSION -F file=@speech.wav
curl http://localhost:8010/interrupt_talk -H 'Content-Type: application/json' \\
  -d '{{"sessionid": "SESSION"}}'
```
"""

Schema = dict[str, Any]


def render() -> str:
    """The whole document."""
    api = create_api().openapi()
    schemas: Schema = api["components"]["schemas"]
    parts = [_HEAD.format(description=api["info"]["description"])]
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(f"{method.upper()} {path}", operation, schemas))
    return "\n".join(parts)


def _operation(title: str, operation: Schema, schemas: Schema) -> str:
    lines = [f"## {title}", "", operation["description"], ""]
    if "requestBody" in operation:
        for kind, content in operation["requestBody"]["content"].items():
            lines += [f"Request (`{kind}`):", "", *_fields(content["schema"], schemas), ""]
    lines += ["| status | answer |", "|---|---|"]
    for status, response in sorted(operation["responses"].items()):
        lines.append(f"| {status} | {_answer(response, schemas)} |")
    return "\n".join(lines) + "\n"


def _fields(schema: Schema, schemas: Schema) -> list[str]:
    lines = ["| field | type | default | meaning |", "|---|---|---|---|"]
    return lines + _field_rows(_resolved(schema, schemas), schemas, "")


def _field_rows(schema: Schema, schemas: Schema, prefix: str) -> list[str]:
    rows = []
    required = schema.get("required", [])
    for name, field in schema["properties"].items():
        default = "required" if name in required and not prefix else _default(field)
        meaning = field.get("description", "")
        rows.append(f"| `{prefix}{name}` | {_type(field, schemas)} | {default} | {meaning} |")
        for nested in _objects(field, schemas):
            rows += _field_rows(nested, schemas, f"{prefix}{name}.")
    return rows


def _default(field: Schema) -> str:
    return f"`{json.dumps(field.get('default'))}`"


def _resolved(schema: Schema, schemas: Schema) -> Schema:
    if "$ref" in schema:
        found: Schema = schemas[schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _objects(field: Schema, schemas: Schema) -> list[Schema]:
    options = [_resolved(option, schemas) for option in field.get("anyOf", [field])]
    return [option for option in options if "properties" in option]


def _type(field: Schema, schemas: Schema) -> str:
    if "anyOf" in field:
        return " or ".join(_type(option, schemas) for option in field["anyOf"])
    field = _resolved(field, schemas)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    if field.get("format") == "binary":
        return "file"
    if "minimum" in field:
        return f"{field['type']}, {field['minimum']:g} to {field['maximum']:g}"
    return str(field["type"])


def _answer(response: Schema, schemas: Schema) -> str:
    shapes = []
    for kind, content in response.get("content", {}).items():
        schema = content.get("schema")
        shapes.append(f"`{_example(schema, schemas)}`" if schema else f"`{kind}`")
    said = response["description"]
    return " ".join(shapes) if said == "Successful Response" else f"{said} {' '.join(shapes)}"


def _example(schema: Schema, schemas: Schema) -> str:
    """The shape as JSON, with the type where a value stands."""
    schema = _resolved(schema, schemas)
    if "anyOf" in schema:
        return " or ".join(_example(option, schemas) for option in schema["anyOf"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "properties" in schema:
        inside = (f'"{k}": {_example(v, schemas)}' for k, v in schema["properties"].items())
        return "{" + ", ".join(inside) + "}"
    if "additionalProperties" in schema:
        return '{"NAME": ' + _example(schema["additionalProperties"], schemas) + ", …}"
    return str(schema["type"])


if __name__ == "__main__":
    sys.exit(write_or_check(PATH, render(), sys.argv[1:]))
