"""Logs: one JSON object a line in production, readable on a terminal. Never article text, never secrets."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

# Fields that code may attach with `extra=`; whatever else a library attaches stays out of the logs.
FIELDS = ("article_id", "trace_id", "topic", "partition", "offset", "stage", "reason", "route", "seconds", "count")


class _Formatter(logging.Formatter):
    """What both forms share: an exception is its type and where it was raised."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        """Return the stack without the exceptions' messages: they may quote the text that they were raised over.

        What the operating system says is kept: it speaks of files and connections.
        """
        lines: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None:
            message = f": {error}" if isinstance(error, OSError) else ""
            frames = traceback.format_tb(error.__traceback__)
            lines = [*frames, f"{type(error).__module__}.{type(error).__qualname__}{message}\n", *lines]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "".join(lines).rstrip()


class JsonFormatter(_Formatter):
    """One JSON object a line."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode(errors="replace")
        except orjson.JSONEncodeError:  # half of a character, in a name that somebody else chose
            return json.dumps(line, default=str)


class TextFormatter(_Formatter):
    """One line for people, with the fields behind it."""

    def __init__(self, service: str) -> None:
        super().__init__(f"%(asctime)s {service} %(levelname).1s %(message)s", datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        fields = " ".join(f"{name}={value}" for name in FIELDS if (value := getattr(record, name, None)) is not None)
        line = super().format(record)
        return f"{line} [{fields}]" if fields else line


class LibraryFilter(logging.Filter):
    """Lets a library say each thing once in ten seconds: while a broker is away aiokafka says it hundreds of times."""

    def __init__(self, libraries: tuple[str, ...], *, seconds: float = 10.0) -> None:
        super().__init__()
        self._libraries = libraries
        self._seconds = seconds
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be logged."""
        if record.name.partition(".")[0] not in self._libraries:
            return True
        # Templates, not messages: there are few of them, and their arguments differ each time.
        said = (record.name, str(record.msg))
        is_new = record.created - self._last.get(said, -self._seconds) >= self._seconds
        if is_new:
            self._last[said] = record.created
        return is_new


def configure(service: str, *, format: Literal["auto", "json", "text"], level: str) -> None:
    """Send all logs of this process to standard error in the given form."""
    as_text = format == "text" or (format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter(service) if as_text else JsonFormatter(service))
    handler.addFilter(LibraryFilter(("aiokafka", "faust", "mode", "opentelemetry")))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Libraries speak up from warnings on: their INFO repeats what our own lines and metrics say.
    for name in ("aiokafka", "faust", "mode", "httpx", "httpcore", "trafilatura", "asyncio", "uvicorn.access"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
