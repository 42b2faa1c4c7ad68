"""Builders of articles as producers send them; needs neither of the two services."""

from typing import Any

import orjson

TEXT = (
    "The bridge over the river was closed on Monday, the city council said. "
    '"We will reopen it within 30 days," said Anna Berger, the mayor of Linz. Repairs cost 1.2 million euros.'
)


def make_article(**fields: Any) -> dict[str, Any]:
    """Return an article; a field that is None is left out."""
    defaults = {
        "source": {"id": "example", "name": "The Example", "domain": "news.example", "country": "at"},
        "url": "https://news.example/bridge",
        "title": "Bridge closed",
        "published_at": "2026-03-09T08:00:00Z",
        "body": TEXT,
    }
    return {name: value for name, value in (defaults | fields).items() if value is not None}


def make_value(**fields: Any) -> bytes:
    """Return an article's bytes."""
    return orjson.dumps(make_article(**fields))
