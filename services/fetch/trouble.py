"""What can go wrong with a fetch: one error, and a closed list of kinds that can label a metric. Decides nothing."""

from enum import StrEnum


class Trouble(StrEnum):
    """The kinds of trouble."""

    BAD_URL = "bad_url"  # no address that we ask: another scheme, a password in it, an odd host
    BLOCKED_PORT = "blocked_port"
    BLOCKED_ADDRESS = "blocked_address"  # the name leads somewhere that is not the public internet
    DNS = "dns"  # the name leads nowhere
    CONNECTION = "connection"  # refused, unreachable, or broken off
    TLS = "tls"  # no secure connection: a bad certificate, an old protocol
    PROTOCOL = "protocol"  # the answer is not HTTP
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"  # compressed in a way that was not asked for, or broken
    TOO_MANY_REDIRECTS = "too_many_redirects"
    INSECURE_REDIRECT = "insecure_redirect"  # from https to http


class FetchError(Exception):
    """Raised when there is no answer that may be used. The text says what happened; it holds no secret of ours."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble = trouble
