"""Runs the measuring programs and writes what they print into the reference: `python -m bench.measure DATA`.

DATA is a folder with the corpora, unpacked (`ner/`, `quotes/`, `claims/`); see `training/`. No figure is written by hand.
"""

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "measured.md"
HEAD = """# Measured

Written by `python -m bench.measure DATA` on {date}: {cores} cores ({machine}), Python {python}, Kafka on the same machine.
Shared machines are noisy: compare lines of one run. The corpora are development data and not part of this repository;
nothing was trained on those marked *dev*, but rules were written with an eye on them, so new text will be harder.
"""
SECTIONS = {
    "Throughput and latency": ["-m", "bench.throughput"],
    "Quotations and speakers": [
        "-m",
        "training.evaluate_quotes",
        "quotes/de.wikinews.dev.jsonl",
        "quotes/en.polnear.dev.jsonl",
    ],
    "Entities (precision/recall/F1, exact span)": ["-m", "training.evaluate_entities", "ner", "--limit", "500"],
    "Claims": ["-m", "training.fit_claims", "claims", "--check"],
}


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    parts = [
        HEAD.format(
            date=datetime.now(UTC).date(),
            cores=os.cpu_count(),
            machine=platform.machine(),
            python=platform.python_version(),
        )
    ]
    for title, arguments in SECTIONS.items():
        print(f"{title} …", flush=True)
        words = [
            str(data / word) if (data / word).exists() and not word.startswith("-") else word for word in arguments
        ]
        result = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)  # noqa: S603
        shown = " ".join(f"DATA/{word}" if (data / word).exists() else word for word in arguments)
        parts.append(f"\n## {title}\n\n`python {shown}`\n\n```text\n{result.stdout.rstrip()}\n```\n")
    PAGE.write_text("".join(parts), "utf-8")


if __name__ == "__main__":
    main()
