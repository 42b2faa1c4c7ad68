"""`claimwire config`: the settings that are in force, where each is from, and which variables are none."""

import os
import sys

import click
from pydantic import ValidationError


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
    import orjson  # noqa: PLC0415 - heavy imports wait until they are needed

    from services.enrich.settings import EnrichSettings  # noqa: PLC0415
    from services.ingest.settings import IngestSettings  # noqa: PLC0415
    from services.runtime.effective import effective, unknown_variables  # noqa: PLC0415
    from services.runtime.settings import KafkaSettings, SettingsFileError, wrong  # noqa: PLC0415

    kinds: dict[str, type[KafkaSettings]] = {"ingest": IngestSettings, "enrich": EnrichSettings}
    trouble = []
    shown = {}
    for name, kind in kinds.items():
        if service not in (None, name):
            continue
        try:
            shown[name] = effective(kind())
        except SettingsFileError as error:
            trouble.append(str(error))
        except ValidationError as error:
            trouble += wrong(kind, error)
    if as_json:
        values = {name: {each.variable: [each.value, each.origin] for each in found} for name, found in shown.items()}
        click.echo(orjson.dumps(values, option=orjson.OPT_INDENT_2))
    else:
        for name, found in shown.items():
            width = max(len(each.variable) for each in found)
            click.echo(f"{name}")
            for each in found:
                origin = "" if each.origin == "default" else f"  ({each.origin})"
                click.echo(f"  {each.variable:<{width}}  {each.value}{origin}".rstrip())
    for variable, meant in unknown_variables(tuple(kinds.values()), os.environ).items():
        trouble.append(f"{variable} is no setting" + (f"; {meant} is one" if meant else ""))
    for line in dict.fromkeys(trouble):  # what both services share is wrong once
        click.echo(f"claimwire: {line}", err=True)
    sys.exit(2 if trouble else 0)
