"""Runs the whole pipeline and writes how fast it was into the reference: `python -m bench.measure`.

No figure is written by hand. How good the language steps are is another page: `python -m bench.quality`.
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

Written by `python -m bench.measure` on {date}: {cores} cores ({machine}), Python {python}, Kafka on the same machine.
Shared machines are noisy: compare lines of one run. How good the language steps are, and how fast each is:
[quality](quality.md).
"""
_THROUGHPUT = """
## Throughput and latency

`python -m bench.throughput`

```text
{printed}
```
"""


def main() -> None:
    """Run it and write the page."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        machine=platform.machine(),
        python=platform.python_version(),
    )
    result = subprocess.run([sys.executable, "-m", "bench.throughput"], stdout=subprocess.PIPE, text=True, check=True)
    PAGE.write_text(head + _THROUGHPUT.format(printed=result.stdout.rstrip()), "utf-8")


if __name__ == "__main__":
    main()
