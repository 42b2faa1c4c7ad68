"""The `claimwire` command. One module for each group of commands; what they do is done by `services.local`."""

from services.cli.root import main

__all__ = ["main"]
