"""docs/api.md, made from the OpenAPI description of the routes and the types of what streams.

Run as `python -m server.api.openapi_document [--check]`. Owns nothing.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from data.docfile import write_or_check
from runtime import limits
from server.api import funasr_socket, websocket_messages
from server.api.app import create_api
from server.api.routes import asr, websocket
from server.api.safety.scopes import NEEDS, Need
from server.sessions import event_log, event_types, pcm_stream

PATH: Final = Path(__file__).parents[2] / "docs" / "api.md"

_HEAD: Final = """# HTTP API

Made by `python -m server.api.openapi_document`. A running server shows the same at `/docs` (to try
out) and at `/openapi.json` (for programs).

{description}

Paths, fields and answers of `/human`, `/humanaudio`, `/interrupt_talk`, `/is_speaking`, `/offer`,
`/sse`, `/api/admin/…` and `/api/asr` are LiveTalking's, so that clients written for it work:
session ids may be strings or numbers, fields that are not listed are ignored, and JSON is read
whatever the Content-Type says, if it is none that a file or a page has.
[livetalking.md](livetalking.md) is the table of everything: what is the same, what is more, and
what differs. The differences that a client may meet: a failure also has its HTTP status (until
`livetalking_status` is set), browsers' pages of other origins are refused (until `cors_origins`
names them), `/sse` tells more kinds of events (until `style=livetalking` asks for LiveTalking's
alone), and `/api/admin/…` answers this machine alone (until `admin = "on"`); all of them in
[settings.md](settings.md).

Where `api_keys` are set, a request shows one (`Authorization: Bearer KEY`, or `X-API-Key: KEY`), or
a session token (`POST /tokens`; also as `token` in the query); each route says what it needs. 401:
nothing was shown that is known. 403: it does not allow this.

Every request may also be answered with 403 (a page of another origin), 408 (headers or a body
that arrive too slowly: settings `header_seconds`, `body_seconds`), 413 (the body is too large),
421 (the Host is not this server) or 500 (a bug; `msg` carries an id that is in the server's log).
No answer names a folder of the server's machine. A string that is longer than the table says is
refused with 422. A connection is closed without an answer if nothing comes on it (`idle_seconds`),
or if its client leaves unread what it is sent (`unread_seconds`), also an event stream's.

```bash
curl http://localhost:8010/human \\
  -d '{{"sessionid": "SESSION", "type": "echo", "text": "Good morning."}}'
curl http://localhost:8010/humanaudio -F sessionid=SESSION -F file=@speech.wav
curl http://localhost:8010/interrupt_talk -d '{{"sessionid": "SESSION"}}'
curl -N 'http://localhost:8010/sse?sessionid=SESSION'
```

`examples/` has a small program for each way in.
"""

_EVENTS: Final = """## Events

What a session says and hears is told as JSON objects, the same on every way out: `GET /sse`, the
WebSocket `/ws`, and a WebRTC data channel labelled `events`, where the client opens one in its
offer. Each has an `id`, which counts up from 1 in a call, and a `status`, which is its kind.
Events of speech are told when their sound leaves the server, with tick `tick` of the session: the
RTP time of its sound is `tick` x 1920, that of its picture `tick` x 3600, after the stream's first.

A client that comes back gives the last `id` that it saw (`after`, or EventSource's
Last-Event-ID) and loses nothing: the newest {kept} events are kept. The data channel keeps
none: who loses it goes on with `/sse`.

"""

_ASR: Final = """## WS {path}

FunASR's protocol, as LiveTalking's pages speak it, on the engine of the setting `asr`. Up go
`{{"is_speaking": true, "mode": "2pass"}}`, sound as binary messages (int16 little-endian mono at
16 kHz, at most {longest} s) and `{{"is_speaking": false}}`; down comes `{{"text": …, "mode":
"2pass-offline", "is_final": true, "timestamp": null}}`, with `error` beside it where the engine
failed. Other fields of the messages (`chunk_size`, `itn`, `hotwords`, …) are ignored. The Origin
is checked as for a POST. It is closed with 1011 where nothing transcribes, 1009 for a longer
sound and 1013 where `max_calls` clients are listened to already.
"""

_SOCKET: Final = """## WS {path}

Parameters, refusals and the check of the Origin are those of `/sse` and of a POST; a refusal
comes before the upgrade, as HTTP with the envelope. `rate` (16000, 24000 or 48000; default 24000)
is that of the sound that the client sends.

Down come the [events](#events) as text. A message that is not understood or carried out gets
`{{"status": "error", "utterance": 0, "text": …}}` without an `id`, on this socket alone, and the
socket lives. It closes with 1000 behind the session's last event.

Up go binary messages: sound, int16 little-endian mono, in pieces of any length, also odd ones, of
at most 1 MiB. It may come live, or faster than it is spoken: up to {ahead} s wait here, more have
to wait at the client. A client that sends more than {frames} frames a second for long, fragments
and pings counted, is closed with 1008. An utterance begins with the first sound after a `commit`,
a `clear` or an interrupt, wherever that came from; sound that was sent before an interrupt is
dropped. Sound that came before the socket closed is said to its end. And texts, one JSON object
each:

"""

Schema = dict[str, Any]
EVENT_STREAM: Final = "text/event-stream"
"""Its shapes are a section of their own."""


def render() -> str:
    """The whole document."""
    api = create_api().openapi()
    schemas: Schema = api["components"]["schemas"]
    parts = [_HEAD.format(description=api["info"]["description"])]
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(f"{method.upper()} {path}", operation, schemas))
    return "\n".join([*parts, _events(), _asr(), _socket()])


def _events() -> str:
    head = _EVENTS.format(kept=event_log.MOST_KEPT)
    return head + _kinds(event_types.KINDS, "status", {"id", "status"})


def _asr() -> str:
    return _ASR.format(path=asr.PATH, longest=funasr_socket.LONGEST_SECONDS)


def _socket() -> str:
    head = _SOCKET.format(
        path=websocket.PATH, ahead=pcm_stream.SECONDS_AHEAD, frames=limits.FRAMES_PER_SECOND
    )
    return head + _kinds(websocket_messages.KINDS, "type", {"type"})


def _kinds(kinds: Sequence[type[BaseModel]], tag: str, known: set[str]) -> str:
    """A table of kinds of messages: the tag, the other fields, and what each means."""
    lines = [f"| `{tag}` | fields | meaning |", "|---|---|---|"]
    for kind in kinds:
        schema = kind.model_json_schema()
        fields = {k: v for k, v in schema["properties"].items() if k not in known}
        listed = "<br>".join(_line(k, v, schema.get("$defs", {})) for k, v in fields.items())
        name = schema["properties"][tag]["const"]
        meaning = " ".join(schema["description"].split())
        lines.append(f"| `{name}` | {listed} | {meaning} |")
    return "\n".join(lines) + "\n"


def _line(name: str, field: Schema, schemas: Schema) -> str:
    """A field in a cell, with what is in it."""
    said = f": {field['description']}" if "description" in field else ""
    inside = _objects(field, schemas)
    known = [_line(f"{name}.{k}", v, schemas) for o in inside for k, v in o["properties"].items()]
    return "<br>".join([f"`{name}` ({_type(field, schemas)}){said}", *known])


def _operation(title: str, operation: Schema, schemas: Schema) -> str:
    lines = [f"## {title}", "", operation["description"], ""]
    if (need := NEEDS[title]) is not Need.OPEN:
        lines += [f"Needs: {need.value}.", ""]
    if "parameters" in operation:
        lines += ["| parameter | type | default | meaning |", "|---|---|---|---|"]
        lines += [_parameter(each, schemas) for each in operation["parameters"]] + [""]
    if "requestBody" in operation:
        for kind, content in operation["requestBody"]["content"].items():
            lines += [f"Request (`{kind}`):", "", *_body(content["schema"], schemas), ""]
    lines += ["| status | answer |", "|---|---|"]
    for status, response in sorted(operation["responses"].items()):
        lines.append(f"| {status} | {_answer(response, schemas)} |")
    return "\n".join(lines) + "\n"


def _parameter(each: Schema, schemas: Schema) -> str:
    schema = each["schema"]
    default = "required" if each.get("required") else _default(schema)
    name = f"{each['name']}` (header)" if each["in"] == "header" else f"{each['name']}`"
    return f"| `{name} | {_type(schema, schemas)} | {default} | {each.get('description', '')} |"


def _body(schema: Schema, schemas: Schema) -> list[str]:
    """Its fields, or what it is where it has none."""
    if "properties" in _resolved(schema, schemas):
        return _fields(schema, schemas)
    return [schema["description"]]


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
    if "minimum" in field and "maximum" in field:
        return f"{field['type']}, {field['minimum']:g} to {field['maximum']:g}"
    if "maxLength" in field:
        return f"{field['type']} of up to {field['maxLength']} characters"
    return str(field["type"])


def _answer(response: Schema, schemas: Schema) -> str:
    shapes = []
    for kind, content in response.get("content", {}).items():
        schema = content.get("schema") if kind != EVENT_STREAM else None
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
        more = schema["additionalProperties"]
        return '{"NAME": ' + _example({} if more is True else more, schemas) + ", …}"
    if "properties" in _resolved(schema.get("items", {}), schemas):
        return "[" + _example(schema["items"], schemas) + ", …]"
    return str(schema.get("type", "any JSON"))


if __name__ == "__main__":
    sys.exit(write_or_check(PATH, render(), sys.argv[1:]))
