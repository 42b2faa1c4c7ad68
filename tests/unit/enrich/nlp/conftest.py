"""The language core is pure: a test fails if a file or a socket is opened while one of its functions runs."""

import sys

import pytest

_EFFECTS = ("open", "socket.", "os.listdir", "os.scandir", "subprocess.", "os.system", "urllib.")
_CORE = "services.enrich.nlp"
_seen: list[str] = []


def _audit(event, args):
    if event.startswith(_EFFECTS) and _is_called_by_core(sys._getframe()):
        _seen.append(f"{event} {args}")


def _is_called_by_core(frame):
    """Whether a function of the core is running; importing its modules does not count."""
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(_CORE) and frame.f_code.co_name != "<module>":
            return True
        frame = frame.f_back
    return False


# An audit hook cannot be taken away again, so there is one for the whole run.
sys.addaudithook(_audit)


@pytest.fixture(autouse=True)
def pure():
    """Fail the test if a function of the core opened anything while it ran."""
    _seen.clear()
    yield
    assert not _seen, f"the language core touched the world: {_seen}"
