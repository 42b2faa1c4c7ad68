"""Tells whoever started a process where it listens, by a file; nothing else.

With port 0 only the process itself learns its port. The file appears whole or not at all, so a reader may poll for it.
"""

from pathlib import Path

import orjson


def write_ready_file(path: Path, *, url: str) -> None:
    """Write one line of JSON, `{"url": …}`, to `path`, atomically."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(orjson.dumps({"url": url}) + b"\n")
    part.replace(path)
