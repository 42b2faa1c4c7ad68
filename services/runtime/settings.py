"""What every process is told from outside, by environment variables; read once, in `__main__`, and passed down.

`services.ingest.settings` and `services.enrich.settings` add their own. Each field says what it is for: the
settings page of the reference is generated from them. A secret may be given by a file instead: the variable's name
with `_FILE` behind it names the file.
"""

import os
import ssl
import stat
import sys
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, FilePath, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.contract.codec import shown
from services.runtime.kafka import Kafka, SaslMechanism, SecurityProtocol
from services.runtime.tracing import can_trace

PREFIX = "CLAIMWIRE_"
FILE = "_FILE"
_LONGEST_SECRET_BYTES = 64 * 1024


class KafkaSettings(BaseSettings):
    """How Kafka is reached. Variables start with CLAIMWIRE_, but for the one that Kafka users know.

    Each names its variable in full: a service's settings have a prefix of their own, which would else rename these.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        env_ignore_empty=True,
        # An error must never repeat what it was given: one of them is a password.
        hide_input_in_errors=True,
    )

    bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        min_length=1,
        description="The Kafka cluster, as host:port,host:port.",
    )
    kafka_security_protocol: SecurityProtocol = Field(
        "PLAINTEXT",
        validation_alias="CLAIMWIRE_KAFKA_SECURITY_PROTOCOL",
        description="How to connect: with encryption (SSL), with a user and password (SASL), with both, with neither.",
    )
    kafka_sasl_mechanism: SaslMechanism = Field(
        "SCRAM-SHA-512",
        validation_alias="CLAIMWIRE_KAFKA_SASL_MECHANISM",
        description="How user and password are proved, where the protocol has SASL in its name.",
    )
    kafka_username: str | None = Field(
        None,
        validation_alias="CLAIMWIRE_KAFKA_USERNAME",
        description="The user, where the protocol has SASL in its name.",
    )
    kafka_password: SecretStr | None = Field(
        None, validation_alias="CLAIMWIRE_KAFKA_PASSWORD", description="The user's password."
    )
    kafka_ca_file: FilePath | None = Field(
        None,
        validation_alias="CLAIMWIRE_KAFKA_CA_FILE",
        description="Certificates (PEM) that vouch for the brokers, where the protocol has SSL in its name;"
        " default: those that the machine trusts.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's interface
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's interface
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the files that it names; nothing else."""
        return init_settings, env_settings, _SecretFiles(settings_cls)

    @field_validator("bootstrap_servers")
    @classmethod
    def _has_addresses(cls, servers: str) -> str:
        for server in servers.split(","):
            host, _, port = server.strip().rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError(f"{shown(server)!r} is not host:port")
        return servers

    @field_validator("kafka_ca_file")
    @classmethod
    def _has_certificates(cls, file: Path | None) -> Path | None:
        if file is not None:
            try:
                ssl.create_default_context(cafile=file)
            except (OSError, ssl.SSLError):
                raise ValueError("the file holds no certificate in PEM form, or cannot be read") from None
        return file

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        if self.kafka_security_protocol.startswith("SASL") and not (self.kafka_username and self.kafka_password):
            raise ValueError(
                f"CLAIMWIRE_KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol} needs CLAIMWIRE_KAFKA_USERNAME and"
                " CLAIMWIRE_KAFKA_PASSWORD or CLAIMWIRE_KAFKA_PASSWORD_FILE"
            )
        return self

    @property
    def kafka(self) -> Kafka:
        """The cluster, as clients need it."""
        return Kafka(
            bootstrap_servers=self.bootstrap_servers,
            security_protocol=self.kafka_security_protocol,
            sasl_mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=self.kafka_password.get_secret_value() if self.kafka_password else None,
            ca_file=self.kafka_ca_file,
        )


class ServiceSettings(KafkaSettings):
    """Settings of every Claimwire service."""

    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        validation_alias="CLAIMWIRE_LOG_FORMAT",
        description="json: one object a line; text: for people; auto: text on a terminal, else json.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="CLAIMWIRE_LOG_LEVEL", description="The least level logged."
    )
    tracing: Literal["off", "otlp"] = Field(
        "off",
        validation_alias="CLAIMWIRE_TRACING",
        description="otlp: send spans to where OTEL_EXPORTER_OTLP_ENDPOINT says; needs the extra claimwire[tracing].",
    )

    @field_validator("tracing")
    @classmethod
    def _is_installed(cls, how: str) -> str:
        if how == "otlp" and not can_trace():
            raise ValueError("the packages for it are not installed: pip install 'claimwire[tracing]'")
        return how


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that `<variable>_FILE` names, as containers are given secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the secret of a field; None if no file is named. Raises `ValueError` if it cannot be read."""
        variable = variable_of(self.settings_cls, field_name, field)
        path = os.environ.get(variable + FILE)
        if not path or not is_secret(field):
            return None, variable, False
        try:
            return _secret(Path(path)), variable, False
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SettingsFileError(f"{variable}{FILE}: {shown(path)} cannot be used: {reason}") from None

    def __call__(self) -> dict[str, Any]:
        """Return all secrets that files give."""
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, variable, _ = self.get_field_value(field, name)
            if value is not None:
                if os.environ.get(variable):
                    raise SettingsFileError(f"{variable} and {variable}{FILE} are both set: which one is meant?")
                found[variable if field.validation_alias else name] = value
        return found


def _secret(file: Path) -> str:
    if not stat.S_ISREG(file.stat().st_mode):  # a pipe would keep the process waiting for ever
        raise ValueError("it is no regular file")
    if file.stat().st_size > _LONGEST_SECRET_BYTES:
        raise ValueError(f"it has more than {_LONGEST_SECRET_BYTES:,} bytes")
    try:
        text = file.read_text("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("it is not text") from None
    if not text.isprintable():
        raise ValueError("there is more than one line in it, or what no password has")
    return text


class SettingsFileError(ValueError):
    """Raised when a file that should hold a secret cannot be used."""


Settings = TypeVar("Settings", bound=KafkaSettings)


def is_secret(field: FieldInfo) -> bool:
    """Return whether the value must never be shown."""
    return SecretStr in (field.annotation, *getattr(field.annotation, "__args__", ()))


def variable_of(kind: type[BaseSettings], name: str, field: FieldInfo) -> str:
    """Return the environment variable of a setting."""
    return str(field.validation_alias or f"{kind.model_config.get('env_prefix', '')}{name}".upper())


def read(kind: type[Settings]) -> Settings:
    """Return the settings that the environment gives; end the process with status 2 and a line for each that is wrong."""
    try:
        return kind()
    except SettingsFileError as error:
        print(f"claimwire: {error}", file=sys.stderr)  # noqa: T201 - no logs yet
    except ValidationError as error:
        for line in wrong(kind, error):
            print(f"claimwire: {line}", file=sys.stderr)  # noqa: T201 - the same
    sys.exit(2)


def wrong(kind: type[BaseSettings], error: ValidationError) -> list[str]:
    """Return a line for each setting that is wrong: which, what was given, and what is allowed."""
    lines = []
    for problem in error.errors(include_url=False):
        message = problem["msg"].removeprefix("Value error, ")
        name = ".".join(str(part) for part in problem["loc"])
        if not name:  # a rule that several settings make together; it names them
            lines.append(message)
            continue
        variable = name if name.isupper() else f"{kind.model_config.get('env_prefix', '')}{name.upper()}"
        field = next(
            (f for n, f in kind.model_fields.items() if variable_of(kind, n, f) == variable), FieldInfo(annotation=None)
        )
        given = "" if is_secret(field) else f"={shown(str(problem['input']))}"
        lines.append(f"{variable}{given}: {message}")
    return lines
