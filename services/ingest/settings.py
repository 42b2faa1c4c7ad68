"""What the ingest service is told from outside."""

import ipaddress
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from services.contract.topics import MAX_ARTICLE_BYTES, MIB
from services.runtime.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """Settings of the ingest service; variables start with CLAIMWIRE_INGEST_."""

    model_config = SettingsConfigDict(env_prefix="CLAIMWIRE_INGEST_")

    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="The port; 0: any free one, named in `ready_file`.")
    allow_remote: bool = Field(
        default=False,
        description="Permits an address that other machines reach although there is no file of keys. Nobody is asked who"
        " they are: put a gateway before it.",
    )
    keys_file: Path | None = Field(
        None,
        description="The file of API keys, made by `claimwire keys`; each request for /v1 needs one then. Read again"
        " when it changes.",
    )
    idempotency_file: Path | None = Field(
        None,
        description="Where answers are kept for requests with an Idempotency-Key, each instance its own; default: in"
        " memory, until it ends.",
    )
    idempotency_max_bytes: int = Field(
        64 * MIB, ge=MIB, description="What these answers may take together; beyond it the oldest are forgotten."
    )
    idempotency_seconds: int = Field(86_400, ge=1, description="How long these answers are kept.")
    ready_file: Path | None = Field(None, description="Once the port is open, its URL is written here as JSON.")
    max_batch_bytes: int = Field(
        16 * MIB, ge=MAX_ARTICLE_BYTES, description="The largest body of a batch, before and after decompression."
    )
    max_batch_articles: int = Field(5_000, ge=1, description="The most articles in one batch.")
    max_held_bytes: int = Field(
        256 * MIB, ge=16 * MIB, description="Bodies of all requests together; above it new ones get 503 at once."
    )
    max_in_flight: int = Field(
        4_000, ge=1, description="Records that may wait for Kafka's confirmation; above it new ones get 503 at once."
    )
    ack_timeout_seconds: float = Field(
        8.0, gt=0, description="What Kafka has not confirmed after so long is answered with 503."
    )
    batch_timeout_seconds: float = Field(
        30.0,
        gt=0,
        description="Lines of a batch that are not on their way to Kafka after so long fail, to be sent again.",
    )
    header_timeout_seconds: float = Field(10.0, gt=0, description="How long a client may take to send its headers.")
    body_timeout_seconds: float = Field(30.0, gt=0, description="How long a client may take to send a body.")
    linger_seconds: float = Field(
        0.001, ge=0, le=1, description="How long a record waits for others to travel with it."
    )
    drain_seconds: float = Field(
        15.0, ge=0, description="On SIGTERM, how long to finish the requests that are being answered."
    )

    @model_validator(mode="after")
    def _stays_at_home(self) -> Self:
        if not self.allow_remote and self.keys_file is None and not _is_loopback(self.host):
            raise ValueError(
                f"refusing to listen on {self.host}: other machines could reach it, and without API keys this service"
                " asks nobody who they are. Make keys with `claimwire keys create NAME --file FILE` and set"
                " CLAIMWIRE_INGEST_KEYS_FILE=FILE; or set CLAIMWIRE_INGEST_ALLOW_REMOTE=true behind a gateway that"
                " asks; or listen on 127.0.0.1"
            )
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
