"""`claimwire config`: the settings that are in force, where each is from, and which variables are none."""

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click
from pydantic import ValidationError

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from services.runtime.effective import Effective
    from services.runtime.settings import KafkaSettings


@click.command(short_help="Show the settings in force, secrets masked.")
@click.argument("service", type=click.Choice(["ingest", "enrich"]), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def config(*, service: str | None, as_json: bool) -> None:
    """Show the settings of SERVICE, or of both, as the environment of this command gives them.

    Secrets are masked. Exit code 2 if a value is not allowed or a variable that begins with CLAIMWIRE_ is no setting:
    each is named, with what was probably meant.

    \b
    Examples:
      claimwire config
      env $(cat production.env) claimwire config enrich
      kubectl exec deploy/claimwire-enrich -- claimwire config enrich
    """  # noqa: D301 - \b is click's mark, not an escaped letter
    from services.runtime.effective import effective, said_of_unknown, unknown_variables  # noqa: PLC0415 - heavy imports wait
    from services.runtime.settings import SettingsFileError, wrong  # noqa: PLC0415

    kinds = _kinds()
    if service is not None and service not in kinds:
        raise click.ClickException(f"{service} is not installed here; there is {', '.join(kinds)}")
    trouble = []
    tables = {}
    for name, kind in kinds.items():
        if service not in (None, name):
            continue
        try:
            tables[name] = effective(kind())
        except SettingsFileError as error:
            trouble.append(str(error))
        except ValidationError as error:
            trouble += wrong(kind, error)
    click.echo(_as_json(tables) if as_json else _as_text(tables), nl=bool(tables))
    for variable, meant in unknown_variables((*kinds.values(), *_others()), os.environ).items():
        trouble.append(said_of_unknown(variable, meant))
    for line in dict.fromkeys(trouble):  # what both services share is wrong once
        click.echo(f"claimwire: {line}", err=True)
    sys.exit(2 if trouble else 0)


def _kinds() -> "dict[str, type[KafkaSettings]]":
    """Return the settings of each service that is installed: an image has one of them."""
    found = {name: _installed(name, f"{name.capitalize()}Settings") for name in ("ingest", "enrich")}
    return {name: kind for name, kind in found.items() if kind is not None}


def _others() -> "list[type[BaseSettings]]":
    """Return the settings that are no service's, where they are installed."""
    kind = _installed("fetch", "FetchSettings")
    return [] if kind is None else [kind]


def _installed(room: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(f"services.{room}.settings"), name)
    except ModuleNotFoundError:
        return None


def _as_text(tables: "dict[str, list[Effective]]") -> str:
    lines = []
    for name, found in tables.items():
        lines.append(name)
        width = max(len(each.variable) for each in found)
        for each in found:
            origin = "" if each.origin == "default" else f"  ({each.origin})"
            lines.append(f"  {each.variable:<{width}}  {each.value}{origin}".rstrip())
    return "\n".join(lines)


def _as_json(tables: "dict[str, list[Effective]]") -> str:
    values = {name: {each.variable: [each.value, each.origin] for each in found} for name, found in tables.items()}
    return json.dumps(values, indent=2)
