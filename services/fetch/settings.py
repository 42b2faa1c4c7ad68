"""What the safe door is told from outside: its limits. Reads nothing but the environment."""

from pydantic import Field, FilePath
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.build import version

KIB = 1024
MIB = 1024 * KIB


class FetchSettings(BaseSettings):
    """Settings of outgoing requests; variables start with CLAIMWIRE_FETCH_."""

    model_config = SettingsConfigDict(
        env_prefix="CLAIMWIRE_FETCH_", frozen=True, extra="ignore", env_ignore_empty=True, validate_default=True
    )

    ports: frozenset[int] = Field(frozenset({80, 443}), description="The ports that may be asked, as a JSON list.")
    user_agent: str = Field(
        f"claimwire/{version()}",
        pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$",
        description="Who we say we are; add an address where site owners can complain.",
    )
    total_seconds: float = Field(30.0, gt=0, description="How long a fetch may take, redirects and all.")
    connect_seconds: float = Field(5.0, gt=0, description="How long one address may take to answer a connection.")
    silence_seconds: float = Field(10.0, gt=0, description="How long a server may send nothing at all.")
    max_redirects: int = Field(5, ge=0, le=20, description="The most redirects followed; each is checked again.")
    max_header_bytes: int = Field(64 * KIB, ge=KIB, le=64 * KIB, description="The largest headers of an answer.")
    max_body_bytes: int = Field(
        10 * MIB, ge=KIB, description="The largest body of an answer, before and after decompression."
    )
    max_ratio: int = Field(
        100, ge=2, description="How many bytes one compressed byte may become, once there are a million."
    )
    ca_file: FilePath | None = Field(
        None, description="Certificates (PEM) that vouch for servers; default: those that browsers trust."
    )
    allow_loopback: bool = Field(
        default=False,
        description="For tests only: permits addresses of this very machine. Whoever can name a URL then reaches them.",
    )
