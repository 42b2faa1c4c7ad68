"""What the enrich worker is told from outside."""

import os
from importlib.metadata import entry_points
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from services.runtime.settings import ServiceSettings

BUILT_IN_TAGGER = "crf"
TAGGERS = "claimwire.taggers"


class EnrichSettings(ServiceSettings):
    """Settings of the enrich worker; variables start with CLAIMWIRE_ENRICH_."""

    model_config = SettingsConfigDict(env_prefix="CLAIMWIRE_ENRICH_")

    group: str = Field(
        "claimwire-enrich", description="Consumer group. Also the stem of the transactional ids: one group, one owner."
    )
    processes: int = Field(
        default_factory=lambda: max(1, (os.cpu_count() or 2) - 1),
        ge=1,
        description="Processes that do the language work; default: one less than the machine has cores.",
    )
    tagger: str = Field(
        BUILT_IN_TAGGER,
        description="What finds the names: crf, or the name of an entry point of the group claimwire.taggers.",
    )
    window: int = Field(
        32, ge=1, description="Records of one partition that may be taken and not yet committed: bounds the memory."
    )
    batch_records: int = Field(
        100, ge=1, description="The most raw records in one transaction; fewer are waited for by nobody."
    )
    article_timeout_seconds: float = Field(
        30.0, gt=0, description="After this long an article is a dead letter and its process is replaced."
    )
    transaction_timeout_seconds: float = Field(
        15.0, gt=0, description="After this long the broker gives up a transaction of a worker that went silent."
    )
    session_timeout_seconds: float = Field(
        10.0,
        gt=0,
        description="After this long without a sign of life the group gives a worker's partitions to others.",
    )
    rebalance_timeout_seconds: float = Field(
        15.0, gt=0, description="How long a rebalance waits for a worker to give up its partitions."
    )
    dead_letters_in_a_row: int = Field(
        500, ge=1, description="So many dead letters in a row on one partition stop the worker: bad code, not bad news."
    )
    dead_letter_share: float = Field(
        0.5, gt=0, le=1, description="A greater share of dead letters among a partition's last 2,000 records does, too."
    )
    stall_seconds: float = Field(
        120.0, gt=0, description="Not alive if a partition with records to do has not moved on for so long."
    )
    drain_seconds: float = Field(
        10.0, ge=0, description="On SIGTERM, how long to finish what was taken; the rest stays for the next worker."
    )
    health_host: str = Field("127.0.0.1", description="Where /livez, /readyz and /metrics are served.")
    health_port: int = Field(8081, ge=0, le=65535, description="Its port; 0: any free one.")
    ready_file: Path | None = Field(
        None, description="Once the health server listens, its URL is written here as JSON."
    )

    @field_validator("tagger")
    @classmethod
    def _is_offered(cls, name: str) -> str:
        offered = [BUILT_IN_TAGGER, *(entry.name for entry in entry_points(group=TAGGERS))]
        if name not in offered:
            known = ", ".join(sorted(set(offered)))
            raise ValueError(f"no installed package offers a tagger {name!r}; there are: {known}")
        if offered.count(name) > 1:
            raise ValueError(f"several packages offer a tagger {name!r}: uninstall all but one, or rename it")
        return name
