"""Asks a service in its own container whether it lives: `probe.py CLAIMWIRE_INGEST_PORT`. For images only.

The port is read from the variable that the service reads. Exit code 0: 200 from /livez; 1: anything else, with a line
that says what. Needs no curl and no shell; Kubernetes has probes of its own and does not use it.
"""

import http.client
import os
import sys

# Less than the five seconds that the image's HEALTHCHECK allows, so that the reason is said.
_SECONDS = 3.0


def problem(port: int) -> str | None:
    """Return what is wrong with the service on this port of the loopback, or nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request("GET", "/livez")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"/livez does not answer: {type(error).__name__}: {error}"
    finally:
        connection.close()
    return None if status == http.HTTPStatus.OK else f"/livez answers {status}"


if __name__ == "__main__":
    sys.exit(problem(int(os.environ[sys.argv[1]])))
