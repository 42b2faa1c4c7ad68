"""What the pool's tests let its processes do: the value of the record says it."""

import os
import signal
import time
from pathlib import Path

from services.contract.rejected import Reason
from services.enrich.handle import Handled, RawRecord, reject


def obey(record: RawRecord) -> Handled:
    """Hang, die, die once, or give an outcome that can be recognised."""
    order, _, argument = (record.value or b"").decode().partition(":")
    match order:
        case "hang":
            time.sleep(60)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die-once" if not Path(argument).exists():
            Path(argument).touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return reject(record, Reason.NOT_JSON, f"done by {os.getpid()}")
