"""A language model elsewhere: messages in, its answer as it is written out.

Speaks OpenAI's chat completions or Responses (setting `llm.api`) with streaming, through OpenAI's
own client. Runs in ingest's process; owns one pool of HTTP connections, freed by `close`.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any, Final

from data.services import LlmService
from models.chat.answer_shape import AnswerEvents, AnswerShape
from models.chat.chat_completions import ChatCompletions
from models.chat.done_mark import DoneMark
from models.chat.history import Message
from models.chat.responses import Responses
from models.chat.silent_thoughts import opening_of
from models.chat.thought_filter import ThoughtFilter
from models.chat.tools.call import NO_TOOLS, ToolRequest, ToolUse
from models.service_error import Reason, ServiceError, answered, said

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

_SERVICE: Final = "llm"
_CONNECT_SECONDS: Final = 5.0
_DONE: Final = "[DONE]"
_CUT_SHORT: Final = "length"
"""The `finish_reason` of an answer that had no room to end, perhaps inside a thought."""
_GRACE_SECONDS: Final = 0.2
"""How long the end of the stream may take once the model has said why it stopped."""


class ChatEndpoint:
    """One LLM service; may answer many sessions at once."""

    def __init__(self, service: LlmService) -> None:
        """Connects to nothing yet. Raise ValueError when `service` has no URL or no model."""
        for name, value in (("url", service.url), ("model", service.model)):
            if not value:
                raise ValueError(f"the LLM service has no {name}: set llm.{name}")
        self._service = service
        self._shape: AnswerShape = Responses() if service.api == "responses" else ChatCompletions()
        self._opening = asyncio.Lock()
        self._opened: AsyncOpenAI | None = None
        self._opening_of_thoughts = opening_of(service.model)
        """How this model begins to think: learnt from its first answer."""

    async def warm(self) -> None:
        """Import OpenAI's client in a thread (about a second of work, once a process)."""
        await self._client()

    async def close(self) -> None:
        """Close every connection; an answer under way ends as a ServiceError, the next one connects
        anew."""
        async with self._opening:
            client, self._opened = self._opened, None
        if client is not None:
            await client.close()

    async def stream(
        self, messages: Sequence[Message], use: ToolUse = NO_TOOLS
    ) -> AsyncGenerator[str | ToolRequest]:
        """Yield the answer in pieces as they come, none of them empty, without its thoughts; at its
        end the calls that the model wants, if it wants any.

        `aclose()`, or cancelling who waits, closes the HTTP stream at once. Raise ServiceError:
        refused (key, model, request), busy (429, with `retry_after`), slow (no token within
        `first_seconds`), cut (ended without a `finish_reason` or [DONE]), down, nonsense (no event
        stream, or an answer without a word). A slow, cut or down service may have said something
        before.
        """
        answer = await self._ask(messages, use)
        events = self._shape.events(self._service)
        done, known = DoneMark(answer), self._opening_of_thoughts
        thoughts, spoke, ended = ThoughtFilter(known), False, ""
        try:
            while (chunk := await self._next(answer, bool(ended))) is not None:
                text, finish = self._read(chunk, events)
                ended = ended or finish
                if piece := thoughts.push(text):
                    spoke = spoke or not piece.isspace()
                    yield piece
            ended = ended or (_DONE if done.seen else "")
            if rest := thoughts.finish(whole=ended not in ("", _CUT_SHORT)):
                spoke = spoke or not rest.isspace()
                yield rest
            request = events.request()
            self._check_end(answer, ended, spoke or request is not None)
            if request is not None:
                yield request
        finally:
            if thoughts.opening != known:
                self._opening_of_thoughts = thoughts.opening
            await answer.close()

    async def _ask(self, messages: Sequence[Message], use: ToolUse) -> "AsyncStream[Any]":
        client = await self._client()
        from openai import APIConnectionError, APIStatusError  # noqa: PLC0415 - by _client

        service = self._service
        try:
            async with asyncio.timeout(service.first_seconds):
                return await self._shape.ask(client, service, messages, use)
        except TimeoutError as late:
            raise self._slow() from late
        except APIConnectionError as lost:
            raise self._lost(lost) from lost
        except APIStatusError as refusal:
            answer = refusal.response
            wait = answer.headers.get("retry-after")
            raise answered(
                _SERVICE, refusal.status_code, answer.text, wait, service.key
            ) from refusal

    async def _next(self, answer: "AsyncStream[Any]", ended: bool) -> Any | None:
        """The next event, None at the end of the stream."""
        from openai import APIConnectionError, APIError  # noqa: PLC0415 - loaded by _client

        try:
            async with asyncio.timeout(_GRACE_SECONDS if ended else self._service.first_seconds):
                return await anext(answer, None)
        except TimeoutError as late:
            if ended:
                return None
            raise self._slow() from late
        except APIConnectionError as lost:
            if ended:
                return None
            raise self._lost(lost, "cut") from lost
        except APIError as error:
            words = said(error.message, self._service.key)
            raise ServiceError(_SERVICE, "down", f"failed while it answered: {words}") from error
        except (ValueError, TypeError, AttributeError) as garbled:
            raise self._nonsense() from garbled

    def _read(self, chunk: Any, events: AnswerEvents) -> tuple[str, str]:
        """Text and why it ended, "" for what the event lacks."""
        try:
            text, finish = events.read(chunk)
        except (AttributeError, TypeError, LookupError, ValueError) as missing:
            raise self._nonsense() from missing
        if not isinstance(text, str):
            raise ServiceError(_SERVICE, "nonsense", f"sent {type(text).__name__} as text")
        return text, finish

    def _check_end(self, answer: "AsyncStream[Any]", ended: str, spoke: bool) -> None:
        kind = answer.response.headers.get("content-type", "no content type")
        if not ended and "event-stream" not in kind:
            message = f"answered with {said(kind)} where an event stream was asked for"
            raise ServiceError(_SERVICE, "nonsense", f"{message}: is {self._service.url} its API?")
        if not ended:
            raise ServiceError(_SERVICE, "cut", "the answer ended half way")
        if not spoke:
            raise ServiceError(
                _SERVICE, "nonsense", f"answered without a word (finish_reason {said(ended)})"
            )

    def _nonsense(self) -> ServiceError:
        return ServiceError(_SERVICE, "nonsense", f"sent an event that is no {self._shape.event}")

    def _slow(self) -> ServiceError:
        return ServiceError(
            _SERVICE, "slow", f"no token within {self._service.first_seconds:g} seconds"
        )

    def _lost(self, lost: Exception, broken: Reason = "down") -> ServiceError:
        from openai import APITimeoutError  # noqa: PLC0415 - loaded by _client

        if isinstance(lost, APITimeoutError):
            return self._slow()
        why = said(str(lost.__cause__ or lost), self._service.key)
        message = "the answer broke off" if broken == "cut" else "cannot be reached"
        return ServiceError(_SERVICE, broken, f"{message} ({why or type(lost).__name__})")

    async def _client(self) -> "AsyncOpenAI":
        async with self._opening:
            if self._opened is None:
                self._opened = await asyncio.to_thread(_open, self._service)
            return self._opened


def _open(service: LlmService) -> "AsyncOpenAI":
    from openai import AsyncOpenAI, Timeout  # noqa: PLC0415 - a second; only who asks pays it

    seconds = service.first_seconds
    return AsyncOpenAI(
        base_url=service.url,
        api_key=service.key or "none",
        max_retries=0,
        timeout=Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
    )
