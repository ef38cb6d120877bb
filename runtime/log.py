"""Structured logging: one line a record, text for people or JSON for machines.

In: the standard library's logging, with fields given as `extra={"fields": {...}}`.
Out: standard error. Set up once in every process by its entry point.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

_LEVELS: Final = ("debug", "info", "warning", "error")


class _JsonFormatter(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _TextFormatter(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)-7s {process:<11} %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        found = fields_of(record)
        if not found:
            return line
        head, *rest = line.split("\n", 1)
        return "\n".join([head + "".join(f" {key}={value}" for key, value in found.items()), *rest])


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """The fields that the caller of the logger gave, or none."""
    found = record.__dict__.get("fields")
    return found if isinstance(found, dict) else {}


def _tell_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """What ends the process by being raised is a record, too."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    told = (kind, error, trace)
    logging.getLogger(__name__).critical("the process cannot go on", exc_info=told)


def set_up(process: str, level: str, form: str) -> None:
    """Send this process's records to standard error.

    level: debug, info, warning or error. form: text or json."""
    if level not in _LEVELS:
        raise ValueError(f"log level {level!r} is none of {', '.join(_LEVELS)}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter(process) if form == "json" else _TextFormatter(process))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = _tell_crash
    for chatty in ("aioice", "aiortc", "faster_whisper", "httpx", "openai", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
