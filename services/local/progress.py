"""What a command is doing, on standard error: one line that changes on a terminal, a line for each step elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status


class Progress:
    """Says what is being done (`step`) and what a person should know (`notice`)."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._status: Status | None = None

    def __enter__(self) -> Self:
        """Show steps from now on."""
        if self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the changing line away."""
        self.pause()

    def step(self, text: str) -> None:
        """Say what is being done now."""
        if not self._console.is_terminal:
            self._console.print(f"{text} …", markup=False)
            return
        if self._status is None:
            self._status = self._console.status("")
            self._status.start()
        self._status.update(f"{text} …")

    def update(self, text: str) -> None:
        """Say how far it is; only where the line can change."""
        if self._status is not None:
            self._status.update(f"{text} …")

    def notice(self, text: str) -> None:
        """Say something that stays."""
        self._console.print(text, markup=False)

    def pause(self) -> None:
        """Take the changing line away until the next step."""
        if self._status is not None:
            self._status.stop()
            self._status = None
