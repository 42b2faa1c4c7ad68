"""How sections write: tables, and what they say where there are no data."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table whose first column is words and whose others are figures."""
    marks = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in (head, marks, *rows))


def share(part: float, whole: float) -> str:
    """Return a share with three digits; a dash where there is nothing to share."""
    return f"{part / whole:.3f}" if whole else "–"


def scores(right: int, found: int, gold: int) -> tuple[str, str, str]:
    """Return precision, recall and F1 as a table shows them."""
    return share(right, found), share(right, gold), share(2 * right, found + gold)


def not_measured(missing: Sequence[str], *, corpus: str, origin: str) -> str:
    """Return what a section says that lacks data: where they belong and where they come from."""
    names = ", ".join(f"`DATA/{path}`" for path in missing)
    return (
        f"Not measured: there is no {names}. That is {corpus}; get it from {origin}, unpack it there, run this again.\n"
    )
