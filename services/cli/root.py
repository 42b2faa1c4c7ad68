"""The root of the command line: which commands there are. Knows nothing of what they do."""

import importlib

import click

# Command → module; the module's variable has the command's name.
_COMMANDS = {
    "demo": "demo",
    "up": "up",
    "broker": "up",
    "submit": "submit",
    "tail": "tail",
    "annotate": "annotate",
    "extract": "extract",
    "topics": "topics",
    "replay": "replay",
    "keys": "keys",
    "config": "config",
}


class _Commands(click.Group):
    """Imports a command's module when it is needed, in the order in which a newcomer needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"services.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="claimwire", prog_name="claimwire")
def main() -> None:
    """News in, who-said-what out: a streaming service on Kafka.

    Start with `claimwire demo`: it needs nothing but this package. `claimwire up` keeps the same running for your own
    articles; `claimwire submit` sends them and `claimwire tail` shows what comes out.

    Where a Kafka is needed, KAFKA_BOOTSTRAP_SERVERS names it, and CLAIMWIRE_KAFKA_… variables say how to log in there
    (`claimwire config` shows them).

    Exit codes: 0 all well; 1 something was lost, refused or failed, and the output says what; 2 wrong usage;
    130 interrupted.
    """
