"""W3C trace context: takes the caller's `traceparent` if it is one, else starts a trace. It records nothing."""

import re
import secrets

_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})(-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?")


def traceparent(given: str | None) -> bytes:
    """Return `given` if it is valid, else a new trace's; always of version 00, which is all that is written here."""
    match = _TRACEPARENT.fullmatch(given.strip()) if given else None
    # A later version may say more after what is known today; version 00 may not.
    if match is None or (match[1] == "00" and match[3]):
        return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01".encode("ascii")
    return f"00{match[2]}".encode("ascii")
