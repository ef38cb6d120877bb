"""What a language model may call: HTTP endpoints and MCP servers, as the settings have them.

Plain types, carried to the process that speaks. `${NAME}` in a URL, a header or a program's
environment is the variable NAME of the server's own environment, so that no settings file holds a
key. Owns nothing.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, with_config

from data.field_types import STRICT, Seconds
from data.secret import Secret

HttpMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
ToolName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


def _any_object() -> dict[str, Any]:
    return {"type": "object", "properties": {}}


@with_config(STRICT)
@dataclass(frozen=True)
class HttpTool:
    """A function that is a request. description: what the model is told of it. parameters: the JSON
    schema of its arguments; those that stand in the URL, as in `/users/{id}`, go there, the others
    into the query of a GET or DELETE, else into a JSON body. read_only: it changes nothing, so it
    may be called before it is sure that a person has finished."""

    name: ToolName
    description: str
    url: str
    parameters: dict[str, Any] = field(default_factory=_any_object)
    method: HttpMethod = "POST"
    headers: dict[str, Secret] = field(default_factory=dict, repr=False)
    read_only: bool = False
    seconds: Seconds = 10.0


@with_config(STRICT)
@dataclass(frozen=True)
class McpService:
    """A server that speaks the Model Context Protocol: a program that is started (`command`) and
    spoken to by its pipes, or the `url` of one (streamable HTTP). tools: those that may be called;
    none: all. seconds: for one call, and for a connection."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,20}$")]
    command: tuple[str, ...] = ()
    environment: dict[str, Secret] = field(default_factory=dict, repr=False)
    url: str = ""
    headers: dict[str, Secret] = field(default_factory=dict, repr=False)
    tools: tuple[str, ...] = ()
    seconds: Seconds = 20.0
