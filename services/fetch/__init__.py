"""The safe door: how anything is fetched from the open internet. Knows nothing of feeds, pages or Kafka."""

from services.fetch.fetcher import Fetched, Fetcher, Redirect
from services.fetch.settings import FetchSettings
from services.fetch.trouble import FetchError, Trouble

__all__ = ["FetchError", "FetchSettings", "Fetched", "Fetcher", "Redirect", "Trouble"]
