"""`claimwire topics`: what topics there are, creating them, and the schemas of what is in them."""

from pathlib import Path

import click

from services.cli.running import bootstrap_option, run
from services.runtime.kafka import Kafka


@click.group(invoke_without_command=True)
@click.pass_context
def topics(context: click.Context) -> None:
    """Show, create or check Claimwire's topics.

    \b
    Examples:
      claimwire topics                          # the table, without any Kafka
      claimwire topics list --schemas docs/     # and write the JSON Schemas into a folder
      claimwire topics create --bootstrap-servers kafka:9092 --replication-factor 3
      claimwire topics describe                 # compare a cluster with the table
    """  # noqa: D301 - \b is click\'s mark, not an escaped letter
    if context.invoked_subcommand is None:
        context.invoke(list_topics)


@topics.command("list")
@click.option(
    "--schemas", type=click.Path(path_type=Path, file_okay=False), help="Also write the JSON Schemas into this folder."
)
def list_topics(schemas: Path | None = None) -> None:
    """Show the topics: names, keys, partitions, retention. Needs no Kafka."""
    from services.contract.topics import TOPICS  # noqa: PLC0415 - heavy imports wait until they are needed

    rows = [("TOPIC", "KEY", "PARTITIONS", "CLEANUP", "KEPT", "HOLDS")]
    for topic in TOPICS.values():
        kept = "for ever" if topic.retention_ms < 0 else f"{topic.retention_ms // 86_400_000} days"
        rows.append((topic.name, topic.key, str(topic.partitions), topic.cleanup, kept, topic.purpose))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if schemas is not None:
        from services.contract.schema import schema_files  # noqa: PLC0415

        schemas.mkdir(parents=True, exist_ok=True)
        for name, content in schema_files().items():
            (schemas / name).write_bytes(content)
            click.echo(f"wrote {schemas / name}", err=True)


@topics.command
@bootstrap_option
@click.option(
    "--replication-factor", type=click.IntRange(0), default=0, show_default=True, help="0: three, or one a broker."
)
def create(*, kafka: Kafka, replication_factor: int) -> None:
    """Create the topics that are missing; print their names. Changes nothing that exists."""
    run(_create(kafka, replication_factor))


async def _create(kafka: Kafka, replication_factor: int) -> int:
    from services.contract.topics import TOPICS  # noqa: PLC0415
    from services.runtime.topics import create_topics  # noqa: PLC0415

    created = await create_topics(kafka, replication_factor=replication_factor)
    for topic in TOPICS.values():
        click.echo(f"{'created' if topic.name in created else 'exists '}  {topic.name}")
    return 0


@topics.command
@bootstrap_option
def describe(*, kafka: Kafka) -> None:
    """Compare the topics of a cluster with what Claimwire wants. Exit code 1 if one is missing or differs."""
    run(_describe(kafka))


async def _describe(kafka: Kafka) -> int:
    from services.contract.topics import TOPICS  # noqa: PLC0415
    from services.local.describe import differences  # noqa: PLC0415

    found = await differences(kafka)
    for topic in TOPICS.values():
        lines = found[topic.name]
        click.echo(f"{'differs' if lines else 'as wanted':<10} {topic.name}")
        for line in lines:
            click.echo(f"{'':<11}{line}")
    return 1 if any(found.values()) else 0
