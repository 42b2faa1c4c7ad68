"""One page from standard input to JSON on standard output: the process that a hostile page may kill. Fetches nothing.

`python -m services.page [--url URL] [--content-type TYPE]`; whoever starts it limits its time.
"""

import argparse
import contextlib
import json
import resource
import sys

from services.page.decode import decode
from services.page.extract import PageError, extract

# Of addresses, not of memory used: libraries and their threads take a few hundred.
_MOST_BYTES = 4 << 30


def main() -> int:
    """Read, extract, write; 1 and a line on standard error if there is nothing to write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--content-type")
    options = parser.parse_args()
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    try:
        page = extract(decode(sys.stdin.buffer.read(), content_type=options.content_type), url=options.url)
    except (PageError, MemoryError) as error:
        print(str(error) or "the page needs too much memory", file=sys.stderr)  # noqa: T201 - how this program answers
        return 1
    written = {
        "title": page.title,
        "authors": page.authors,
        "published_at": page.published_at.isoformat().replace("+00:00", "Z") if page.published_at else None,
        "language": page.language,
        "body": page.body,
        "canonical_url": page.canonical_url,
        "flags": page.flags,
    }
    print(json.dumps(written))  # noqa: T201 - the same
    return 0


if __name__ == "__main__":
    sys.exit(main())
