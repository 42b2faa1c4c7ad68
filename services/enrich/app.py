"""The Faust application: what the worker consumes, and what happens when partitions come and go.

Each setting has its reason beside it. Faust does the consuming and the group; delivery is our own (delivery.py).
"""

from typing import Any

import faust
from aiokafka import TopicPartition
from faust.types.auth import CredentialsT
from mode.supervisors import CrashingSupervisor

from services.contract.topics import MIB, RAW
from services.enrich.agent import add_agent
from services.enrich.deliveries import Deliveries
from services.enrich.settings import EnrichSettings
from services.runtime.kafka import Kafka


class EnrichApp(faust.App):
    """A Faust app that starts and stops the deliveries with its partitions."""

    deliveries: Deliveries

    # The public signal fires after Faust has sought to the committed offsets. By then the former owner must be
    # fenced, or it could still commit behind them: so these two methods, and not the signal.
    async def _on_partitions_assigned(self, assigned: set[Any], generation_id: int = 0) -> None:
        if not self.should_stop:
            try:
                await self.deliveries.assign(TopicPartition(tp.topic, tp.partition) for tp in assigned)
            except Exception as error:  # noqa: BLE001 - whatever it is, the worker must end
                await self.crash(error)
                return
        await super()._on_partitions_assigned(assigned, generation_id)

    async def _on_partitions_revoked(self, revoked: set[Any]) -> None:
        await self.deliveries.revoke()
        await super()._on_partitions_revoked(revoked)

    def _create_directories(self) -> None:
        """Create none: there are no tables, and the file system may be read-only."""


def create_app(settings: EnrichSettings) -> EnrichApp:
    """Return the app, not yet started and without deliveries."""
    return EnrichApp(
        settings.group,
        broker=[f"kafka://{server.strip()}" for server in settings.bootstrap_servers.split(",")],
        broker_credentials=_credentials(settings.kafka),
        autodiscover=False,
        # Bytes in: decoding is done by `handle`, where a bad record is a value and not Faust's error path.
        key_serializer="raw",
        value_serializer="raw",
        # Delivery is our own transactions; Faust's exactly_once sends outputs outside of its (faust#517).
        processing_guarantee="at_least_once",
        # An exception in the agent ends the worker; the default restarts it behind the record it failed on.
        agent_supervisor=CrashingSupervisor,
        # No leader topic, no tables, no web server, no topics made on the fly: nothing that we do not use.
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        # We never ack, so there is nothing to wait for at a rebalance.
        stream_wait_empty=False,
        stream_buffer_maxsize=512,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 * MIB,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 3,
        broker_rebalance_timeout=settings.rebalance_timeout_seconds,
        broker_request_timeout=settings.rebalance_timeout_seconds + settings.session_timeout_seconds,
        # Faust's own complaint about slow streams; ours is Deliveries.stalled.
        stream_processing_timeout=10 * settings.stall_seconds,
        worker_redirect_stdouts=False,
    )


def _credentials(kafka: Kafka) -> CredentialsT | None:
    """Return what Faust's own clients connect with: the same as ours."""
    if kafka.has_sasl:
        return faust.SASLCredentials(
            username=kafka.username,
            password=kafka.password,
            mechanism=kafka.sasl_mechanism,
            ssl_context=kafka.tls(),
        )
    return faust.SSLCredentials(context=kafka.tls()) if kafka.has_tls else None


def connect(app: EnrichApp, deliveries: Deliveries) -> None:
    """Let `app` feed `deliveries` from the raw topic."""
    app.deliveries = deliveries
    add_agent(app, app.topic(RAW.name, key_serializer="raw", value_serializer="raw", internal=False), deliveries)
