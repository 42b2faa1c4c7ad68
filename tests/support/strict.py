"""A secured Kafka that permits only what KafkaUser resources say, as Strimzi's user operator sets it up."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from support.secured import SecuredBroker

from services.runtime.kafka import Kafka

# Kafka's numbers for what the resources name.
_TYPES = {"topic": 2, "group": 3, "cluster": 4, "transactionalId": 5}
_PATTERNS = {"literal": 3, "prefix": 4}
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
_ALLOW = 3


class StrictBroker(SecuredBroker):
    """Behind the secured door a user may do nothing that is not allowed. The open door stays, for the test itself."""

    def __init__(self, folder: Path, users: Sequence[dict[str, Any]]) -> None:
        super().__init__(folder)
        self.ca_file = folder / "ca.pem"
        self._users = users
        for user in users:
            name = user["metadata"]["name"]
            self._format_options += ("--add-scram", f"SCRAM-SHA-512=[name={name},password={password_of(name)}]")

    def _properties(self) -> str:
        return (
            super()._properties()
            + "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
            + "super.users=User:ANONYMOUS\n"  # whoever comes through the open door
        )

    def kafka_as(self, user: str) -> Kafka:
        """How this user connects."""
        return replace(self.secured, username=user, password=password_of(user))

    async def start(self) -> None:
        """Start Kafka and give each user its rights."""
        await super().start()
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        await admin.start()
        try:
            for user in self._users:
                for acl in user["spec"]["authorization"]["acls"]:
                    for operation in acl["operations"]:
                        await _allow(admin, user["metadata"]["name"], acl["resource"], operation)
        finally:
            await admin.close()


def password_of(user: str) -> str:
    """Return the password that the broker gives a user."""
    return f"of-{user}-for-this-test-only"


async def _allow(admin: AIOKafkaAdminClient, user: str, resource: dict[str, str], operation: str) -> None:
    request = CreateAclsRequest(
        _TYPES[resource["type"]],
        resource["name"],
        _PATTERNS[resource["patternType"]],
        f"User:{user}",
        "*",
        _OPERATIONS[operation],
        _ALLOW,
    )
    response = await admin._send_request(request)  # aiokafka has no method for it
    assert [code for code, _ in response.creation_responses] == [0]
