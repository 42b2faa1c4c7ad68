"""Measures the language steps and writes the page: `python -m bench.quality DATA [--sections NAME …]`, or `make eval`.

DATA is a folder with the corpora, unpacked: `ner/`, `quotes/`, `claims/`, `lid/`, `extraction/`. What is not there is not measured, and
its section says so. Sections that are not asked for stay on the page as they were. No figure is written by hand.
"""

import bench.one_core  # noqa: F401  # isort: skip - before whatever loads numpy
import argparse
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.quality import claims, extraction, figures, languages, quotes, speed
from services.enrich.resources import Resources
from training.entities import evaluate

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "quality.md"

# In the order of the page. Each returns Markdown without its heading.
SECTIONS: Mapping[str, Callable[[Path, Resources], str]] = {
    "extraction": extraction.section,
    "languages": languages.section,
    "quotes": quotes.section,
    "figures": figures.section,
    "claims": claims.section,
    "entities": evaluate.section,
    "speed": speed.section,
}
_HEAD = """# Quality

Written by `make eval DATA=.data`; each section says when, where and by which command its figures came about. The corpora
are not part of this repository. Throughput of the whole pipeline: [measured](measured.md).
"""
_SECTION = re.compile(r"^## (\w+)\n", re.MULTILINE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, metavar="NAME", help=", ".join(SECTIONS))
    parser.add_argument("--page", type=Path, default=PAGE, help="where to write; default: the reference")
    options = parser.parse_args(arguments)
    resources = Resources.load()
    for name in options.sections or SECTIONS:
        print(f"{name} …", file=sys.stderr, flush=True)
        text = f"{_origin(name)}\n\n{SECTIONS[name](options.data, resources).strip()}\n"
        print(_heading(name) + text, flush=True)
        # At once: a section takes minutes, and what comes after it may fail.
        put(options.page, name, text)


def put(page: Path, name: str, text: str) -> None:
    """Write a section into the page; the others stay as they are."""
    _, *parts = _SECTION.split(page.read_text("utf-8")) if page.exists() else [""]
    sections = {title.lower(): body.strip() + "\n" for title, body in zip(parts[::2], parts[1::2], strict=True)}
    sections[name] = text
    written = [_heading(known) + sections[known] for known in SECTIONS if known in sections]
    page.write_text("\n".join((_HEAD, *written)), "utf-8")


def _heading(name: str) -> str:
    return f"## {name.capitalize()}\n\n"


def _origin(name: str) -> str:
    return (
        f"*{datetime.now(UTC).date()}, {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}: `python -m bench.quality DATA --sections {name}`*"
    )


if __name__ == "__main__":
    main()
