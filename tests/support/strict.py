"""A secured Kafka that permits only what KafkaUser resources say, as Strimzi's user operator sets it up."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from support.secured import SecuredBroker

from services.local.broker import _java_command
from services.local.java import find_java
from services.local.kafka_jars import kafka_jars
from services.local.process import GuardedProcess
from services.runtime.kafka import Kafka

# Kafka's numbers for what the resources name.
_TYPES = {"topic": 2, "group": 3, "cluster": 4, "transactionalId": 5}
_PATTERNS = {"literal": 3, "prefix": 4}
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8}
_ALLOW = 3


class StrictBroker(SecuredBroker):
    """Behind the secured door a user may do nothing that is not allowed. The open door stays, for the test itself."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ca_file = folder / "ca.pem"

    def _properties(self) -> str:
        return (
            super()._properties()
            + "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
            + "super.users=User:ANONYMOUS\n"  # whoever comes through the open door
        )

    def kafka_as(self, user: str) -> Kafka:
        """How this user connects."""
        return replace(self.secured, username=user, password=password_of(user))

    async def admit(self, users: Iterable[dict[str, Any]]) -> None:
        """Give each user a password and its rights."""
        users = list(users)
        await asyncio.gather(*(self._create(user["metadata"]["name"]) for user in users))
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        await admin.start()
        try:
            for user in users:
                for acl in user["spec"]["authorization"]["acls"]:
                    for operation in acl["operations"]:
                        await _allow(admin, user["metadata"]["name"], acl["resource"], operation)
        finally:
            await admin.close()

    async def _create(self, user: str) -> None:
        java = await asyncio.to_thread(find_java)
        jars = await asyncio.to_thread(kafka_jars, lambda _: None)
        process = GuardedProcess(
            [
                *_java_command(java, jars),
                "kafka.admin.ConfigCommand",
                *("--bootstrap-server", self.bootstrap_servers, "--alter"),
                *("--add-config", f"SCRAM-SHA-512=[password={password_of(user)}]"),
                *("--entity-type", "users", "--entity-name", user),
            ],
            log=self.data_dir / f"{user}.log",
        )
        try:
            assert await process.wait() == 0, process.log_tail()
        finally:
            await process.stop()


def password_of(user: str) -> str:
    """Return the password that the broker gives a user."""
    return f"of {user}, for this test only"


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
