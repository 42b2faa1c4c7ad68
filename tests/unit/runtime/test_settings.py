"""Settings come from one place, say what is wrong with them, and never show a secret."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.enrich.settings import EnrichSettings
from services.ingest.settings import IngestSettings
from services.runtime.effective import effective, unknown_variables
from services.runtime.kafka import Kafka
from services.runtime.settings import KafkaSettings, SettingsFileError, read


@pytest.fixture
def sasl(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return an environment in which Kafka asks for a user and a password."""
    monkeypatch.setenv("CLAIMWIRE_KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("CLAIMWIRE_KAFKA_USERNAME", "wire")
    return monkeypatch


def test_a_password_comes_from_a_file(sasl: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The line's end that editors add is no part of it."""
    file = tmp_path / "password"
    file.write_text("pa ss\n")
    sasl.setenv("CLAIMWIRE_KAFKA_PASSWORD_FILE", str(file))
    options = KafkaSettings().kafka.client()
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("wire", "pa ss")
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_PLAINTEXT", "SCRAM-SHA-512")


@pytest.mark.parametrize(
    ("content", "password"),
    [(b"plain\r\n", "plain"), (b"\xef\xbb\xbfmarked", "marked"), ("schlüssel".encode(), "schlüssel")],
)
def test_what_editors_add_to_a_file_is_no_part_of_the_secret(
    sasl: pytest.MonkeyPatch, tmp_path: Path, content: bytes, password: str
) -> None:
    """A byte order mark, an end of line."""
    file = tmp_path / "password"
    file.write_bytes(content)
    sasl.setenv("CLAIMWIRE_KAFKA_PASSWORD_FILE", str(file))
    assert KafkaSettings().kafka.password == password


@pytest.mark.parametrize("content", [b"two\nlines", b"nul\0", b"\xff", b"x" * 100_000])
def test_what_is_surely_no_password_is_refused(sasl: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    """Now, and not by the broker, which would not say why."""
    file = tmp_path / "password"
    file.write_bytes(content)
    sasl.setenv("CLAIMWIRE_KAFKA_PASSWORD_FILE", str(file))
    with pytest.raises(SettingsFileError, match="CLAIMWIRE_KAFKA_PASSWORD_FILE"):
        KafkaSettings()


def test_a_secret_is_shown_nowhere(sasl: pytest.MonkeyPatch) -> None:
    """Not by `claimwire config`, not by the objects' own representations."""
    sasl.setenv("CLAIMWIRE_KAFKA_PASSWORD", "hush")
    settings = IngestSettings()
    (shown,) = [each for each in effective(settings) if each.variable == "CLAIMWIRE_KAFKA_PASSWORD"]
    assert (shown.value, shown.origin) == ("**********", "environment")
    assert "hush" not in repr(settings) + repr(settings.kafka) + str(settings.kafka) + repr(effective(settings))


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("CLAIMWIRE_ENRICH_PROCESSES", "none", "CLAIMWIRE_ENRICH_PROCESSES=none: Input should be a valid integer"),
        ("CLAIMWIRE_ENRICH_WINDOW", "0", "CLAIMWIRE_ENRICH_WINDOW=0: Input should be greater than or equal to 1"),
        ("CLAIMWIRE_LOG_LEVEL", "LOUD", "CLAIMWIRE_LOG_LEVEL=LOUD: Input should be 'DEBUG', 'INFO', 'WARNING' or"),
        ("CLAIMWIRE_KAFKA_CA_FILE", "/nowhere.pem", "CLAIMWIRE_KAFKA_CA_FILE=/nowhere.pem: Path does not point to a"),
        (
            "CLAIMWIRE_KAFKA_SECURITY_PROTOCOL",
            "SASL_SSL",
            "needs CLAIMWIRE_KAFKA_USERNAME and CLAIMWIRE_KAFKA_PASSWORD",
        ),
        (
            "CLAIMWIRE_KAFKA_PASSWORD_FILE",
            "/nowhere",
            "CLAIMWIRE_KAFKA_PASSWORD_FILE: /nowhere cannot be used: No such",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str, message: str
) -> None:
    """One line on standard error, exit status 2."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as left:
        read(EnrichSettings)
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("claimwire: ")
    assert message in said
    assert said.count("\n") == 1


def test_a_wrong_secret_is_not_repeated(
    sasl: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Two sources for one secret are an error that names both and shows neither."""
    file = tmp_path / "password"
    file.write_text("from-file")
    sasl.setenv("CLAIMWIRE_KAFKA_PASSWORD", "from-variable")
    sasl.setenv("CLAIMWIRE_KAFKA_PASSWORD_FILE", str(file))
    with pytest.raises(SystemExit):
        read(KafkaSettings)
    said = capsys.readouterr().err
    assert "CLAIMWIRE_KAFKA_PASSWORD and CLAIMWIRE_KAFKA_PASSWORD_FILE are both set" in said
    assert "from-" not in said


def test_an_error_does_not_hold_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever shows it, a traceback too: a user is missing beside the password."""
    monkeypatch.setenv("CLAIMWIRE_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("CLAIMWIRE_KAFKA_PASSWORD", "hush")
    with pytest.raises(ValidationError) as raised:
        KafkaSettings()
    assert "hush" not in str(raised.value)


def test_a_file_without_certificates_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """At the start, and not by a service that never becomes ready."""
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    monkeypatch.setenv("CLAIMWIRE_KAFKA_CA_FILE", str(file))
    with pytest.raises(ValidationError, match="no certificate in PEM form"):
        KafkaSettings()


def test_a_misspelt_variable_is_found() -> None:
    """With the one that was meant, if one is near."""
    environment = {"CLAIMWIRE_INGEST_PROT": "1", "CLAIMWIRE_X": "1", "CLAIMWIRE_KAFKA_PASSWORD_FILE": "f", "HOME": "/"}
    assert unknown_variables((IngestSettings, EnrichSettings), environment) == {
        "CLAIMWIRE_INGEST_PROT": "CLAIMWIRE_INGEST_PORT",
        "CLAIMWIRE_X": None,
    }


def test_plaintext_needs_nothing_but_the_address() -> None:
    """As on one machine."""
    assert Kafka("k:1").client() == {"bootstrap_servers": "k:1", "security_protocol": "PLAINTEXT"}


def test_tls_checks_the_brokers_certificates() -> None:
    """With the machine's authorities where none are named."""
    import ssl

    context = Kafka("k:1", security_protocol="SSL").client()["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
