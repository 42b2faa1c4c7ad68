"""Times as people give them on the command line: a moment, or how long ago."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType):
    """`2026-03-12T14:00:00Z` (UTC if no zone is given), or `90s`, `15m`, `2h`, `7d` ago."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ARG002 - click's interface
        """Return the moment in UTC."""
        if isinstance(value, datetime):
            return value
        if ago := re.fullmatch(r"(\d{1,6})([smhd])", value):
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a time such as 2026-03-12T14:00:00Z nor an age such as 15m, 2h or 7d")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
