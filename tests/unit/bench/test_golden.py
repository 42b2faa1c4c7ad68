"""What the steps find in the golden articles is what was written down."""

from bench import golden


def test_what_is_found_is_what_was_written_down(resources) -> None:
    """Whoever changes a step runs `python -m bench.golden`, reads the difference and commits it."""
    written = golden.FOUND.read_text("utf-8").splitlines()
    now = list(golden.found(resources))
    assert now == written, "run python -m bench.golden"
