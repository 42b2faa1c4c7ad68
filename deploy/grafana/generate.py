"""Writes the dashboards that Grafana reads, as JSON, from what the modules beside this one say.

    python -m deploy.grafana.generate            writes them
    python -m deploy.grafana.generate --check    says which are stale, and ends with 1 if any is

They are for Grafana 11.6 and newer: the SDK writes the schema of 11.6, which later versions read.
"""

import argparse
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana import content, enrich, ingest, overview

FOLDER = Path(__file__).parent / "dashboards"
BOARDS = (overview.BOARD, ingest.BOARD, enrich.BOARD, content.BOARD)


def files() -> dict[Path, str]:
    """Return what each generated file has to hold."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {FOLDER / f"{board.name}.json": encoder.encode(board.build()) + "\n" for board in BOARDS}


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="Write the dashboards.")
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    check = parser.parse_args().check
    wanted = files()
    stale = [file for file, text in wanted.items() if not file.exists() or file.read_text() != text]
    for file in stale:
        if not check:
            file.write_text(wanted[file])
        sys.stdout.write(f"{'stale' if check else 'written'}: {file.name}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
