"""HTTP connections that cannot be held by saying little: uvicorn's own protocol has no deadline for a request's headers."""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol


class BoundedProtocol(H11Protocol):
    """Closes a connection which, while no request is being answered, gets none together in time."""

    header_timeout_seconds: ClassVar[float]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a client that connects has something to say."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Stop the clock if the request is complete; not if there is merely more of it."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self._is_answering:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.header_timeout_seconds, self._give_up)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self._is_answering:
            self.transport.close()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete


def bounded_protocol(*, header_timeout_seconds: float) -> type[BoundedProtocol]:
    """Return the protocol with its time limit; uvicorn makes the instances."""
    return type("BoundedProtocol", (BoundedProtocol,), {"header_timeout_seconds": header_timeout_seconds})
