"""What the ingest service is told from outside, and by which names."""

import pytest
from pydantic import ValidationError

from services.ingest.settings import IngestSettings


def test_its_own_and_the_shared_variables(monkeypatch):
    """Shared settings keep their names beside those with the service's prefix."""
    monkeypatch.setenv("CLAIMWIRE_INGEST_PORT", "9")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker:1")
    monkeypatch.setenv("CLAIMWIRE_LOG_LEVEL", "ERROR")
    settings = IngestSettings()
    assert (settings.port, settings.bootstrap_servers, settings.log_level) == (9, "broker:1", "ERROR")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.1"])
def test_listens_at_home(host):
    """Loopback needs no permission."""
    assert IngestSettings(host=host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])  # noqa: S104 - what is to be refused
def test_refuses_to_be_reached_from_elsewhere(host):
    """Without keys, only a gateway may stand between the service and others; the message names both ways out."""
    with pytest.raises(ValidationError, match=r"CLAIMWIRE_INGEST_KEYS_FILE=.*CLAIMWIRE_INGEST_ALLOW_REMOTE=true"):
        IngestSettings(host=host)
    assert IngestSettings(host=host, allow_remote=True).host == host
    assert IngestSettings(host=host, keys_file="keys.sqlite").host == host


def test_every_setting_says_what_it_is_for():
    """The reference is made from the descriptions."""
    assert all(field.description for field in IngestSettings.model_fields.values())
