"""How any client of ours reaches Kafka: its address, and where the cluster asks for them, encryption and credentials."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]


@dataclass(frozen=True, slots=True)
class Kafka:
    """A cluster as its clients see it. Only the address is needed where Kafka asks nobody who they are."""

    bootstrap_servers: str
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None

    def __str__(self) -> str:
        """Return the address, for people."""
        return self.bootstrap_servers

    @property
    def has_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.security_protocol.endswith("SSL")

    @property
    def has_sasl(self) -> bool:
        """Whether clients say who they are."""
        return self.security_protocol.startswith("SASL")

    @property
    def doubts(self) -> str:
        """What else may be wrong where Kafka "cannot be reached": a client that it refuses is told nothing."""
        user = ", or does not accept CLAIMWIRE_KAFKA_USERNAME and its password" if self.has_sasl else ""
        certificate = ", or shows no certificate that CLAIMWIRE_KAFKA_CA_FILE vouches for" if self.has_tls else ""
        return user + certificate

    def tls(self) -> ssl.SSLContext | None:
        """Return what checks the brokers' certificates: by `ca_file`, else by the authorities that the machine trusts."""
        return ssl.create_default_context(cafile=self.ca_file) if self.has_tls else None

    def client(self) -> dict[str, Any]:
        """Return the keyword arguments that every aiokafka client takes."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
        }
        if self.has_tls:
            options["ssl_context"] = self.tls()
        if self.has_sasl:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options
