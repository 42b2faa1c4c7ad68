"""What an API key is: its text, its name, its quota, how long it holds. Pure: no store, no clock, no network.

The text is shown once, to whoever makes the key; kept is its SHA-256. A slow hash would add nothing: the secret has
256 random bits and cannot be guessed at any speed.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

# Letters and digits only: a double click selects all of a key, and it needs no escaping anywhere.
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_CHARS = 10
_SECRET_CHARS = 43  # of 62 each: 256 bits
_CHECKSUM_CHARS = 6
_TEXT = re.compile(rf"cw_([0-9A-Za-z]{{{_ID_CHARS}}})_[0-9A-Za-z]{{{_SECRET_CHARS + _CHECKSUM_CHARS}}}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_QUOTA = re.compile(r"([1-9]\d{0,8})/(s|sec|min|h|hour|d|day)")
_WINDOWS = {"s": 1, "sec": 1, "min": 60, "h": 3_600, "hour": 3_600, "d": 86_400, "day": 86_400}
_UNITS = {1: "s", 60: "min", 3_600: "h", 86_400: "day"}
# Compared with when there is no such key, so that the answer takes as long.
_NOBODYS = bytes(32)

State = Literal["active", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Quota:
    """How many articles may come in a time; as many may come at once."""

    articles: int
    window_seconds: int

    def __str__(self) -> str:
        return f"{self.articles}/{_UNITS[self.window_seconds]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is kept. The secret is not in it."""

    id: str
    name: str
    digest: bytes
    quota: Quota | None
    created_at: datetime
    lifetime: timedelta | None = None  # as it was made; a rotation ends a key before
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> State:
        """Return whether it opens the door."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


def new_text() -> str:
    """Return the text of a key that nobody has."""
    stem = f"cw_{_random(_ID_CHARS)}_{_random(_SECRET_CHARS)}"
    return stem + _checksum(stem)


def id_of(text: str) -> str | None:
    """Return the id that a key's text names; None if it is no key, mistyped or cut short."""
    match = _TEXT.fullmatch(text)
    if match is None or _checksum(text[:-_CHECKSUM_CHARS]) != text[-_CHECKSUM_CHARS:]:
        return None
    return match[1]


def digest_of(text: str) -> bytes:
    """Return what is kept of a key's text."""
    return hashlib.sha256(text.encode()).digest()


def opens(text: str, key: Key | None) -> bool:
    """Return whether `text` is that of `key`, in a time that tells nothing."""
    return hmac.compare_digest(digest_of(text), key.digest if key else _NOBODYS) and key is not None


def quota_of(text: str) -> Quota:
    """Return the quota that `600/min` describes. Raises `ValueError`."""
    match = _QUOTA.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no quota such as 10/s, 600/min, 20000/h or 100000/day")
    return Quota(int(match[1]), _WINDOWS[match[2]])


def require_name(name: str) -> None:
    """Raise `ValueError` unless a producer can have this name: it goes into a header of every record."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name: 1 to 63 of a-z 0-9 . _ -, a letter or digit first")


def _random(chars: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(chars))


def _checksum(stem: str) -> str:
    """Return six characters that tell a key from a typo, and a leak from a coincidence, without asking the store."""
    number, digits = zlib.crc32(stem.encode()), ""
    for _ in range(_CHECKSUM_CHARS):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
