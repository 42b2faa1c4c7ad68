"""`claimwire up` and `claimwire broker`: keep Claimwire, or only its Kafka, running until Ctrl-C."""

import asyncio
import os
from pathlib import Path

import click

from services.cli.running import expect_interruption, run


@click.command(short_help="Keep Kafka, ingest and enrich workers running.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Enrich workers to start.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".claimwire"),
    show_default=True,
    help="Folder for Kafka's data and all logs; kept, and used again by the next start.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port of the ingest service; 0: any free one.  [default: 8080 if it is free, else any]",
)
@click.option(
    "--broker-port",
    type=click.IntRange(0, 65535),
    help="Port of Kafka; 0: any free one.  [default: 9092 if it is free, else any]",
)
@click.option("--json", "as_json", is_flag=True, help="Once ready, print one line of JSON for programs.")
def up(*, workers: int, data: Path, port: int | None, broker_port: int | None, as_json: bool) -> None:
    """Start Kafka, ingest and enrich workers, and keep them running until Ctrl-C.

    With KAFKA_BOOTSTRAP_SERVERS set, that Kafka is used and none is started. A process that dies is started again.

    \b
    Examples:
      claimwire up
      claimwire up --workers 3 --data ~/claimwire-data
      claimwire up --json > ready.json &               # then use .ingest_url, .bootstrap_servers, .pids
    """  # noqa: D301 - \b is click\'s mark, not an escaped letter
    run(_up(workers, data, port, broker_port, as_json=as_json))


async def _up(workers: int, data: Path, port: int | None, broker_port: int | None, *, as_json: bool) -> int:
    import orjson  # noqa: PLC0415 - heavy imports wait until they are needed

    from services.local.data_folder import data_folder  # noqa: PLC0415
    from services.local.progress import Progress  # noqa: PLC0415
    from services.local.stack import Stack, StackOptions  # noqa: PLC0415

    options = StackOptions(
        workers=workers,
        ingest_port=port,
        bootstrap_servers=os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or None,
        broker_port=broker_port,
    )
    with data_folder(data) as folder, Progress() as progress:
        async with Stack(folder, options, step=progress.step, notice=progress.notice) as stack:
            progress.pause()
            if as_json:
                click.echo(orjson.dumps(stack.describe()))
            else:
                click.echo(_overview(stack.ingest_url, stack.bootstrap_servers, stack.metrics_urls, folder))
            await until_interrupted()
        return 0


async def until_interrupted() -> None:
    """Wait for the cancellation that Ctrl-C or SIGTERM brings, which from here on is the usual end."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        expect_interruption()


def _overview(ingest_url: str, bootstrap_servers: str, metrics_urls: list[str], folder: Path) -> str:
    return "\n".join(
        [
            f"Ingest   {ingest_url}   (reference: {ingest_url}/docs)",
            f"Kafka    {bootstrap_servers}",
            f"Metrics  {'  '.join(metrics_urls)}",
            f"Data     {folder}   (kept; logs are there too)",
            "",
            "Try, in another terminal:",
            f"  claimwire submit seeds/ --url {ingest_url}",
            f"  claimwire tail --from-beginning --bootstrap-servers {bootstrap_servers}",
            "",
            "Ctrl-C stops everything.",
        ]
    )


@click.command(short_help="Run only the embedded Kafka.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for Kafka's data, kept.  [default: a temporary one, removed at the end]",
)
@click.option("--port", type=click.IntRange(0, 65535), default=9092, show_default=True, help="0: any free one.")
def broker(*, data: Path | None, port: int) -> None:
    """Run only the embedded Kafka, with Claimwire's topics, until Ctrl-C.

    Prints its address on standard output. For trying and testing: one copy of the data, loopback only.

    \b
    Examples:
      claimwire broker
      claimwire broker --port 0 --data ~/kafka-data
    """  # noqa: D301 - \b is click\'s mark, not an escaped letter
    run(_broker(data, port))


async def _broker(data: Path | None, port: int) -> int:
    from services.local.broker import EmbeddedBroker  # noqa: PLC0415 - as above
    from services.local.data_folder import data_folder, temporary_folder  # noqa: PLC0415
    from services.local.ports import is_free  # noqa: PLC0415
    from services.local.progress import Progress  # noqa: PLC0415
    from services.runtime.topics import create_topics  # noqa: PLC0415

    if port and not is_free(port):
        raise click.ClickException(f"port {port} is taken; choose another with --port, or any free one with --port 0")
    with data_folder(data) if data else temporary_folder() as folder, Progress() as progress:
        progress.step("Starting Kafka")
        async with EmbeddedBroker(
            folder / "kafka", port=port, remove_if_orphaned=None if data else folder, notice=progress.notice
        ) as kafka:
            progress.step("Creating topics")
            await create_topics(kafka.kafka)
            progress.pause()
            click.echo(kafka.bootstrap_servers)
            progress.notice("Ctrl-C stops it." + ("" if data else " Its data are temporary."))
            await until_interrupted()
            progress.step("Stopping")
        return 0
