"""`claimwire keys`: who may send articles to the ingest service. What a key is, is in `services.ingest.keys`."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from services.ingest.keys import Key

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
T = TypeVar("T")


class Duration(click.ParamType):
    """`90s`, `15m`, `24h`, `90d`."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ARG002 - click's interface
        """Return how long that is."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,5})([smhd])", value)
        if found is None:
            self.fail(f"{value!r} is no duration such as 15m, 24h or 90d")
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


_file = click.option(
    "--file",
    "path",
    envvar="CLAIMWIRE_INGEST_KEYS_FILE",
    required=True,
    show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of keys, which the service reads.",
)


@click.group(short_help="Make and revoke API keys of the ingest service.")
def keys() -> None:
    """Make, list, revoke and rotate the API keys of the ingest service.

    The service reads the same file, and sees a change within seconds.

    \b
    Examples:
      export CLAIMWIRE_INGEST_KEYS_FILE=keys.sqlite
      claimwire keys create wire-desk --expires 90d --quota 600/min
      claimwire keys list
    """  # noqa: D301 - \b is click's mark, not an escaped letter


@keys.command(short_help="Make a key.")
@click.argument("name")
@_file
@click.option("--expires", type=Duration(), help="How long it holds: 24h, 90d; default: until it is revoked.")
@click.option("--quota", help="How many articles may come: 10/s, 600/min, 20000/h, 100000/day; default: any number.")
def create(*, name: str, path: Path, expires: timedelta | None, quota: str | None) -> None:
    """Make a key for the producer NAME and print it: this once, it is not kept.

    The name is in every record that comes with the key, and several keys can have the same.

    \b
    Examples:
      claimwire keys create harbour-gazette --file keys.sqlite
      claimwire keys create wire-desk --expires 90d --quota 600/min
    """  # noqa: D301 - \b is click's mark, not an escaped letter
    from services.ingest.key_store import KeyStore  # noqa: PLC0415 - what is needed for help alone stays small

    _show_new(*_told(lambda: KeyStore(path).create(name, quota=quota, lifetime=expires)))


@keys.command("list", short_help="List the keys.")
@_file
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def list_keys(*, path: Path, as_json: bool) -> None:
    """List the keys, also those that open nothing any more. None of them can be shown again."""
    from datetime import UTC, datetime  # noqa: PLC0415 - as above

    from services.ingest.key_store import read_keys  # noqa: PLC0415

    now = datetime.now(UTC)
    rows = [_row(key, key.state(now)) for key in _told(lambda: read_keys(path)).values()]
    if as_json:
        import orjson  # noqa: PLC0415

        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    table = [tuple(_HEADINGS), *(tuple(value or "-" for value in row.values()) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEADINGS))]
    for row in table:
        click.echo("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())


@keys.command(short_help="End a key now.")
@click.argument("id")
@_file
def revoke(*, id: str, path: Path) -> None:
    """End the key ID now. Its holder gets 401 within seconds."""
    from services.ingest.key_store import KeyStore  # noqa: PLC0415 - as above

    key = _told(lambda: KeyStore(path).revoke(id))
    click.echo(f"{key.id} of {key.name} is revoked.")


@keys.command(short_help="Make a key's successor.")
@click.argument("id")
@_file
@click.option(
    "--grace", type=Duration(), default="24h", show_default=True, help="How long the old key still holds, at most."
)
def rotate(*, id: str, path: Path, grace: timedelta) -> None:
    """Make a key like the key ID, with its name, quota and lifetime, and print it; ID itself ends after a time.

    Meanwhile both hold, so that its holder can change from one to the other.
    """
    from services.ingest.key_store import KeyStore  # noqa: PLC0415 - as above

    _show_new(*_told(lambda: KeyStore(path).rotate(id, grace=grace)))


_HEADINGS = ("id", "name", "state", "quota", "created", "expires")


def _row(key: "Key", state: str) -> dict[str, str | None]:
    values = (
        key.id,
        key.name,
        state,
        str(key.quota) if key.quota else None,
        key.created_at.isoformat().replace("+00:00", "Z"),
        key.expires_at.isoformat().replace("+00:00", "Z") if key.expires_at else None,
    )
    return dict(zip(_HEADINGS, values, strict=True))


def _show_new(key: "Key", text: str) -> None:
    """Print the key for programs, and about it for people."""
    click.echo(text)
    expires = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "until it is revoked"
    quota = f"{key.quota} articles" if key.quota else "any number of articles"
    click.echo(f"Key {key.id} of {key.name}: {quota}, {expires}. It is not shown again.", err=True)


def _told(work: Callable[[], T]) -> T:
    """Return what `work` does, or end with the reason why it cannot."""
    from services.ingest.key_store import KeysFileError, NoSuchKey  # noqa: PLC0415 - as above

    try:
        return work()
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except (KeysFileError, NoSuchKey) as error:
        raise click.ClickException(str(error)) from None
