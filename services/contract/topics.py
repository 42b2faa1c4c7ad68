"""Every topic in one table: what is in it, its key, how long it is kept and how large a record may be.

Nothing here talks to a broker; `services.runtime.topics` creates what this table says.
"""

from dataclasses import dataclass, field
from typing import Literal

MIB = 1024 * 1024
DAY_MS = 24 * 60 * 60 * 1000

# One article as it is submitted, in bytes of JSON. HTTP answers 413 above it and the worker sends a larger
# record to the dead letters. The raw topic takes twice as much, so that an oversized record that somebody
# produced straight to Kafka still arrives, and comes out with a reason instead of vanishing at the client.
MAX_ARTICLE_BYTES = 4 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic's name and the settings it is created with."""

    name: str
    purpose: str
    key: str
    partitions: int
    cleanup: Literal["delete", "compact"]
    retention_ms: int  # -1: kept for ever
    max_record_bytes: int
    timestamps: Literal["CreateTime", "LogAppendTime"] = "CreateTime"
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> dict[str, str]:
        """The broker's settings for this topic, as strings."""
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_record_bytes),
            "message.timestamp.type": self.timestamps,
        } | self.extra


# Sizes nest: an original fits into its dead letter (base64 takes 4/3), an analysis into its topic. The broker measures
# compressed records, so a raw record can be larger than this says; its dead letter then names it and leaves it out.
RAW = Topic(
    name="news.articles.raw.v1",
    purpose="articles as they were submitted",
    key="article_id, or nothing",
    partitions=8,
    cleanup="delete",
    retention_ms=7 * DAY_MS,
    max_record_bytes=8 * MIB,
    # The broker's clock, not a producer's: it orders the versions of an article.
    timestamps="LogAppendTime",
)
ENRICHED = Topic(
    name="news.articles.enriched.v1",
    purpose="the history: every version of every article, enriched",
    key="article_id",
    partitions=8,
    cleanup="delete",
    retention_ms=30 * DAY_MS,
    max_record_bytes=16 * MIB,
)
LATEST = Topic(
    name="news.articles.latest.v1",
    purpose="the newest version of each article, for readers that start cold",
    key="article_id",
    partitions=8,
    cleanup="compact",
    retention_ms=-1,
    max_record_bytes=16 * MIB,
)
CLAIMS = Topic(
    name="news.claims.v1",
    purpose="one event for each claim",
    key="claim_hash",
    partitions=8,
    cleanup="delete",
    retention_ms=30 * DAY_MS,
    max_record_bytes=1 * MIB,
)
DEAD_LETTER = Topic(
    name="news.articles.dead-letter.v1",
    purpose="records that could not be read or enriched: original bytes and the reason",
    key="the original key",
    partitions=4,
    cleanup="delete",
    retention_ms=90 * DAY_MS,
    max_record_bytes=12 * MIB,
)

TOPICS: dict[str, Topic] = {
    "raw": RAW,
    "enriched": ENRICHED,
    "latest": LATEST,
    "claims": CLAIMS,
    "dead_letter": DEAD_LETTER,
}

# The largest record that any client of ours has to send or to fetch, with room for its headers.
MAX_REQUEST_BYTES = max(topic.max_record_bytes for topic in TOPICS.values()) + MIB
