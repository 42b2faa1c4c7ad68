"""Free ports on loopback that stay free while nobody listens on them."""

import random
import socket

# Outside the range from which systems give ports to outgoing connections: there, a client that keeps trying to reach
# a killed server can be given the server's port and connect to itself, and the server never gets its port back.
_PORTS = range(15_000, 32_000)


class NoPortError(OSError):
    """Raised when no free port can be found."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: connections that are still being closed do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a port that nobody listens on. Raises `NoPortError`."""
    for port in random.sample(_PORTS, 100):
        if is_free(port):
            return port
    raise NoPortError(f"no free port between {_PORTS.start} and {_PORTS.stop}")
