"""What every process is told from outside, by environment variables; read once, in `__main__`, and passed down.

`services.ingest.settings` and `services.enrich.settings` add their own. Each field says what it is for: the
settings page of the reference is generated from them.
"""

import sys
from typing import Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings of every Claimwire process. Variables start with CLAIMWIRE_, but for the one that Kafka users know.

    Each names its variable in full: a service's settings have a prefix of their own, which would else rename these.
    """

    model_config = SettingsConfigDict(env_prefix="CLAIMWIRE_", frozen=True, extra="ignore", populate_by_name=True)

    bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        description="The Kafka cluster, as host:port,host:port.",
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        validation_alias="CLAIMWIRE_LOG_FORMAT",
        description="json: one object a line; text: for people; auto: text on a terminal, else json.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="CLAIMWIRE_LOG_LEVEL", description="The least level logged."
    )


Settings = TypeVar("Settings", bound=ServiceSettings)


def read(kind: type[Settings]) -> Settings:
    """Return the settings that the environment gives; end the process with status 2 and a line for each that is wrong."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        for problem in error.errors(include_url=False):
            name = ".".join(str(part) for part in problem["loc"])
            variable = name if name.isupper() else f"{prefix}{name.upper()}"
            print(f"claimwire: {variable}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)  # noqa: T201 - no logs yet
        sys.exit(2)
