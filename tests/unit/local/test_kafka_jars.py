"""Kafka's jars: fetched once, then used without network."""

import jgo
import pytest

from services.local.kafka_jars import NoKafkaError, kafka_jars


class FakeArtifact:
    """What jgo resolves to."""

    packaging = "jar"

    def __init__(self, path):
        self._path = path

    def resolve(self):
        self._path.write_bytes(b"")
        return self._path


@pytest.fixture
def fetches(tmp_path, monkeypatch):
    """Return a list that grows by one for each fetch from Maven Central."""
    calls = []

    def resolve(coordinates):
        calls.append(coordinates)
        return [FakeArtifact(tmp_path / "b.jar"), FakeArtifact(tmp_path / "a.jar")]

    monkeypatch.setenv("CLAIMWIRE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jgo, "resolve", resolve)
    return calls


def test_the_first_start_fetches_and_says_so(fetches, tmp_path):
    """43 MB deserve a word."""
    notices = []
    assert kafka_jars(notices.append) == [tmp_path / "a.jar", tmp_path / "b.jar"]
    assert len(notices) == 1


def test_the_second_start_fetches_nothing(fetches, tmp_path):
    """No network is needed."""
    kafka_jars(print)
    notices = []
    assert kafka_jars(notices.append) == [tmp_path / "a.jar", tmp_path / "b.jar"]
    assert (len(fetches), notices) == (1, [])


def test_a_jar_that_was_removed_is_fetched_again(fetches, tmp_path):
    """Caches get cleaned."""
    kafka_jars(print)
    (tmp_path / "a.jar").unlink()
    assert all(jar.exists() for jar in kafka_jars(print))
    assert len(fetches) == 2


def test_without_network_the_error_says_what_to_do(fetches, monkeypatch):
    """Names the setting that needs no jars."""

    def resolve(_):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(jgo, "resolve", resolve)
    with pytest.raises(NoKafkaError, match=r"no route to host.*KAFKA_BOOTSTRAP_SERVERS"):
        kafka_jars(print)
