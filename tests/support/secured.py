"""The embedded broker with a second door, behind which clients say who they are over an encrypted connection."""

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from services.local.broker import EmbeddedBroker
from services.local.ports import free_port
from services.runtime.kafka import Kafka

USER, PASSWORD = "wire", "a secret with spaces"
_JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class SecuredBroker(EmbeddedBroker):
    """`async with SecuredBroker(folder) as broker:`; `broker.secured` is the door, `broker.kafka` the open one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "kafka")
        self._folder = folder
        self._format_options = ("--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")
        self._secured_port = free_port()
        authority = trustme.CA(key_type=trustme.KeyType.RSA)
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate = authority.issue_cert("127.0.0.1", "localhost", key_type=trustme.KeyType.RSA)
        # Java reads keys in this form only.
        key = load_pem_private_key(certificate.private_key_pem.bytes(), None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        chain = b"".join(part.bytes() for part in certificate.cert_chain_pems)
        (folder / "broker.pem").write_bytes(key + chain)

    @property
    def secured(self) -> Kafka:
        """How the door is used."""
        return Kafka(
            f"localhost:{self._secured_port}",
            security_protocol="SASL_SSL",
            username=USER,
            password=PASSWORD,
            ca_file=self._folder / "ca.pem",
        )

    def _properties(self) -> str:
        lines = super()._properties().splitlines()
        door = f"SECURED://127.0.0.1:{self._secured_port}"
        added = {
            "listeners": f",{door}",
            "advertised.listeners": f",{door.replace('127.0.0.1', 'localhost')}",
            "listener.security.protocol.map": ",SECURED:SASL_SSL",
        }
        lines = [line + added.get(line.partition("=")[0], "") for line in lines]
        return "\n".join(
            [
                *lines,
                "listener.name.secured.sasl.enabled.mechanisms=SCRAM-SHA-512",
                f"listener.name.secured.scram-sha-512.sasl.jaas.config={_JAAS}",
                "listener.name.secured.ssl.keystore.type=PEM",
                f"listener.name.secured.ssl.keystore.location={self._folder / 'broker.pem'}",
                "",
            ]
        )
