"""Who may send how much: a request's key to its caller, or to the problem that says why not.

Keys are read from their file and read again when it changes. Without a file nobody is asked who they are.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

from services.ingest import problems
from services.ingest.key_store import KeysFileError, Signature, read_keys, signature
from services.ingest.keys import Key, id_of, opens
from services.ingest.problems import Rejected, later
from services.ingest.quota import Bucket
from services.runtime.clock import Clock

log = logging.getLogger(__name__)

# A change of the keys is seen after so long at the latest.
_LOOK_SECONDS = 1.0
_POLICY = "articles"
_REALM = 'Bearer realm="claimwire"'


class Caller:
    """Who sends a request, and what is left of their quota."""

    def __init__(self, name: str | None = None, bucket: Bucket | None = None) -> None:
        self.name = name
        self._bucket = bucket
        self._taken = 0

    def enter(self) -> None:
        """Take one article of the quota, before the body is read. Raises `Rejected` if there is none."""
        if self._bucket is not None:
            if self._bucket.next_in_seconds:
                raise _over(self._bucket)
            self._take(self._bucket, 1)

    def charge(self, articles: int) -> None:
        """Take so many more, now that they are known. Raises `Rejected` if another batch took them meanwhile."""
        if self._bucket is not None:
            if self._bucket.is_in_debt:
                self.give_back_all()
                raise _over(self._bucket)
            self._take(self._bucket, articles)

    def give_back(self, articles: int) -> None:
        """Give back what was taken for articles that failed here."""
        if self._bucket is not None:
            self._bucket.give_back(articles)
            self._taken -= articles

    def give_back_all(self) -> None:
        """Give back what was taken for this request: nothing of it came in."""
        self.give_back(self._taken)

    def _take(self, bucket: Bucket, articles: int) -> None:
        bucket.take(articles)
        self._taken += articles

    def headers(self) -> dict[str, str]:
        """Return what tells a client of its quota (draft-ietf-httpapi-ratelimit-headers, 08 and later)."""
        if self._bucket is None:
            return {}
        bucket, quota = self._bucket, self._bucket.quota
        return {
            # The registered units are requests and bytes, and a batch is one request with many articles.
            "RateLimit-Policy": f'"{_POLICY}";q={quota.articles};w={quota.window_seconds};qu="articles"',
            "RateLimit": f'"{_POLICY}";r={bucket.left};t={bucket.full_in_seconds}',
        }


class Door:
    """Lets in whoever has a key; everybody, if there is no file of keys. Raises `KeysFileError` if it is unusable."""

    def __init__(self, keys_file: Path | None, *, clock: Clock) -> None:
        self._file = keys_file
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._buckets: dict[str, Bucket] = {}
        self._signature: Signature | None = None
        self._looked_at = clock.monotonic()
        self._trouble: str | None = None
        if keys_file is not None:
            self._read(keys_file)

    @property
    def asks_for_keys(self) -> bool:
        """Whether a key is needed."""
        return self._file is not None

    def admit(self, headers: Mapping[str, str]) -> Caller:
        """Return whose key the headers hold. Raises `Rejected` if it is nobody's."""
        if self._file is None:
            return Caller()
        self._look(self._file)
        text = _given(headers)
        if text is None:
            raise Rejected(problems.UNAUTHORISED, "the request has no API key", headers={"WWW-Authenticate": _REALM})
        id = id_of(text)
        if id is None:
            raise _unauthorised("this is no key: it is mistyped or cut short")
        key = self._keys.get(id)
        if not opens(text, key) or key is None:
            raise _unauthorised("there is no such key")
        state = key.state(self._clock.now())
        if state != "active":
            raise _unauthorised(f"the key {id} was revoked" if state == "revoked" else f"the key {id} has expired")
        return Caller(key.name, self._bucket(key))

    def _bucket(self, key: Key) -> Bucket | None:
        if key.quota is None:
            return None
        if key.id not in self._buckets:
            self._buckets[key.id] = Bucket(key.quota, self._clock.monotonic)
        return self._buckets[key.id]

    def _look(self, file: Path) -> None:
        """Read the keys if they have changed. What cannot be read leaves those that are known."""
        now = self._clock.monotonic()
        if now - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = now
        trouble = None
        try:
            self._read(file)
        except KeysFileError as error:
            trouble = str(error)
        if trouble != self._trouble:
            if trouble:
                log.error("the keys known before stay in force: %s", trouble)
            else:
                log.info("the file of keys can be read again")
        self._trouble = trouble

    def _read(self, file: Path) -> None:
        found = signature(file)  # before reading: a change meanwhile is seen the next time
        if found == self._signature:
            return
        keys = read_keys(file)
        self._buckets = {id: bucket for id, bucket in self._buckets.items() if id in keys}
        self._keys, self._signature = keys, found
        now = self._clock.now()
        active = sum(key.state(now) == "active" for key in keys.values())
        log.info("keys read: %d, of which %d are active", len(keys), active)


def _given(headers: Mapping[str, str]) -> str | None:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return headers.get("x-api-key")


def _unauthorised(detail: str) -> Rejected:
    challenge = f'{_REALM}, error="invalid_token", error_description="{detail}"'
    return Rejected(problems.UNAUTHORISED, detail, headers={"WWW-Authenticate": challenge})


def _over(bucket: Bucket) -> Rejected:
    return later(
        problems.OVER_QUOTA,
        f"this key may send {bucket.quota} articles",
        retry_after_seconds=max(1, bucket.next_in_seconds),
    )
