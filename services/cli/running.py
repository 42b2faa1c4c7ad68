"""How a command runs: asynchronously, interruptible, its errors as one line. And where Kafka is."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import click

from services.runtime.kafka import Kafka

INTERRUPTED = 130


def _connection(_: click.Context, __: click.Parameter, bootstrap_servers: str) -> Kafka:
    """Return how to reach the cluster: what the environment says of credentials holds for every address."""
    from services.runtime.settings import KafkaSettings, read  # noqa: PLC0415 - heavy imports wait until needed

    return replace(read(KafkaSettings).kafka, bootstrap_servers=bootstrap_servers)


bootstrap_option = click.option(
    "--bootstrap-servers",
    "kafka",
    callback=_connection,
    envvar="KAFKA_BOOTSTRAP_SERVERS",
    default="127.0.0.1:9092",
    show_default=True,
    show_envvar=True,
    metavar="HOST:PORT[,…]",
    help="The Kafka cluster.",
)


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run a command's work and leave with the exit code that it returns.

    The first Ctrl-C, SIGTERM or SIGHUP cancels the work, which then cleans up; the second leaves at once, and the
    guards of the child processes end those.
    """
    _quiet_libraries()
    try:
        code = asyncio.run(_cancelled_by_signals(work))
    except asyncio.CancelledError:
        code = INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if not _is_for_people(error):
            raise
        raise click.ClickException(_message(error)) from error
    sys.exit(code)


def expect_interruption() -> None:
    """Go on after a cancellation by Ctrl-C, where that is the usual end of a command."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


async def _cancelled_by_signals(work: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)

    def interrupt() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, lambda *_: os._exit(INTERRUPTED))
        task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, interrupt)
    return await task


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _is_for_people(error: Exception) -> bool:
    """Whether the error tells a person what to do, rather than us that we have a bug."""
    from aiokafka.errors import KafkaError  # noqa: PLC0415 - costs a fifth of a second

    return isinstance(error, KafkaError | OSError) or type(error).__module__.startswith("services.")


def _message(error: Exception) -> str:
    from aiokafka.errors import KafkaConnectionError  # noqa: PLC0415 - as above

    if isinstance(error, KafkaConnectionError):
        from services.runtime.settings import KafkaSettings  # noqa: PLC0415

        return (
            f"Kafka cannot be reached{KafkaSettings().kafka.doubts}: {error}. Start one with `claimwire up` or `claimwire broker`, "
            "or name yours with --bootstrap-servers or KAFKA_BOOTSTRAP_SERVERS."
        )
    return str(error) or type(error).__name__


def _quiet_libraries() -> None:
    # What goes wrong is said once, by us.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
