"""Which settings are in force, where each is from, and which variables are none: for `claimwire config`."""

import difflib
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic_settings import BaseSettings

from services.contract.codec import shown
from services.runtime.settings import FILE, PREFIX, KafkaSettings, is_secret, variable_of

# Variables of the command line and of the images, which are no service's settings.
_OTHERS = ("CLAIMWIRE_REVISION", "CLAIMWIRE_CACHE_DIR", "CLAIMWIRE_INGEST_URL", "CLAIMWIRE_INGEST_KEY")

_SERVICES = ("INGEST", "ENRICH", "FETCH")

log = logging.getLogger(__name__)

Origin = Literal["default", "environment", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """A setting as it is in force: its value as text, masked if it is secret, and where that is from."""

    variable: str
    value: str
    origin: Origin


def effective(settings: KafkaSettings) -> list[Effective]:
    """Return every setting with its value and origin."""
    kind = type(settings)
    found = []
    for name, field in kind.model_fields.items():
        variable = variable_of(kind, name, field)
        origin: Origin = "default"
        if os.environ.get(variable):
            origin = "environment"
        elif is_secret(field) and os.environ.get(variable + FILE):
            origin = "file"
        value = getattr(settings, name)
        # A SecretStr shows itself as asterisks.
        found.append(Effective(variable=variable, value="" if value is None else shown(str(value)), origin=origin))
    return found


def unknown_variables(kinds: tuple[type[BaseSettings], ...], environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables that begin as ours do and are none, each with the one that was probably meant."""
    known = set(_OTHERS)
    for kind in kinds:
        for name, field in kind.model_fields.items():
            variable = variable_of(kind, name, field)
            known |= {variable, variable + FILE} if is_secret(field) else {variable}
    return {
        variable: next(iter(difflib.get_close_matches(variable, sorted(known), n=1, cutoff=0.8)), None)
        for variable in sorted(environment)
        if variable.startswith(PREFIX) and variable not in known
    }


def said_of_unknown(variable: str, meant: str | None) -> str:
    """Return the line that tells a person of such a variable."""
    return f"{shown(variable)} is no setting" + (f"; {meant} is one" if meant else "")


def warn_of_unknown(kind: type[BaseSettings]) -> None:
    """Log each variable that begins with our prefix and is no setting of this service: most likely it is misspelt.

    Those of the other services are let pass: one environment may serve all.
    """
    own = str(kind.model_config.get("env_prefix"))
    others = tuple(f"{PREFIX}{service}_" for service in _SERVICES if f"{PREFIX}{service}_" != own)
    for variable, meant in unknown_variables((kind,), os.environ).items():
        if not variable.startswith(others):
            log.warning("%s", said_of_unknown(variable, meant))
