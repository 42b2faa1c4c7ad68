"""Logs are one JSON object a line, hold what they may hold, and do not flood."""

import logging
import sys

import orjson
import pytest

from services.runtime.logs import JsonFormatter, LibraryFilter, TextFormatter


def make_record(name: str = "services.enrich", message: str = "done %s", *, created: float = 100.0, **extra):
    """Return a log record."""
    record = logging.LogRecord(name, logging.INFO, __file__, 1, message, ("now",), None)
    record.created = created
    vars(record).update(extra)
    return record


def test_a_line_is_one_json_object() -> None:
    """Time, level, service, logger, message, and the fields of the closed list."""
    line = orjson.loads(JsonFormatter("enrich").format(make_record(partition=3)))
    assert line == {
        "time": "1970-01-01T00:01:40.000+00:00",
        "level": "info",
        "service": "enrich",
        "logger": "services.enrich",
        "message": "done now",
        "partition": 3,
    }


def test_fields_that_are_not_on_the_list_stay_out() -> None:
    """A library or a mistake cannot bring an article's text into the logs."""
    assert b"secret" not in JsonFormatter("enrich").format(make_record(body="secret")).encode()


def test_a_library_repeats_itself_every_ten_seconds_at_most() -> None:
    """What it says with other arguments is the same thing; another thing is not."""
    log = LibraryFilter(("aiokafka",))
    said = [log.filter(make_record("aiokafka.client", created=second)) for second in (0.0, 0.1, 9.0, 10.0)]
    assert said == [True, False, False, True]
    assert log.filter(make_record("aiokafka.client", "another %s", created=0.2))


def test_our_own_lines_are_never_dropped() -> None:
    """However often we say them."""
    log = LibraryFilter(("aiokafka",))
    assert all(log.filter(make_record(created=0.0)) for _ in range(5))


QUOTED = "what an article says"


def raised(error: Exception) -> logging.LogRecord:
    """Return the record of an exception that was raised over another."""
    try:
        try:
            int(QUOTED)
        except ValueError as cause:
            raise error from cause
    except Exception:  # noqa: BLE001 - whatever was given
        return logging.LogRecord("services", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())


@pytest.mark.parametrize("kind", [JsonFormatter, TextFormatter])
def test_exceptions_are_logged_without_what_they_were_raised_over(kind) -> None:
    """Their messages may quote an article; their types and places do not."""
    line = kind("enrich").format(raised(KeyError(QUOTED)))
    assert QUOTED not in line
    assert "builtins.KeyError" in line
    assert "builtins.ValueError" in line
    assert "in raised" in line


def test_what_the_operating_system_says_is_kept() -> None:
    """It names files and connections, which is what an operator needs."""
    assert "No space left" in JsonFormatter("enrich").format(raised(OSError(28, "No space left on device")))
