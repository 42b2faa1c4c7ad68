"""What a step came to: its value, whether it could work fully, partly or not at all."""

from typing import Any

from services.enrich.nlp.document import Degraded, Skipped


def value(result: Any) -> Any:
    """Return a step's value; one that skipped the document found nothing."""
    if isinstance(result, Skipped):
        return ()
    return result.value if isinstance(result, Degraded) else result
