"""How text found in pages is compared with the right one."""

import gzip

import orjson
import pytest

from bench.quality import extraction
from bench.quality.extraction import compare, f1

RIGHT = "one two three four five six seven eight"  # five runs of four words


def test_the_right_text_is_right() -> None:
    """Whatever stands between the words."""
    page = compare(RIGHT, RIGHT.replace(" ", "\n\n— "))
    assert (page.precision, page.recall, page.exact) == (1.0, 1.0, True)


def test_what_is_missing_costs_recall_and_what_is_added_precision() -> None:
    """Runs count, as often as they come."""
    half = compare(RIGHT, "one two three four five")
    assert (half.precision, half.recall, half.exact) == (1.0, 0.4, False)
    twice = compare(RIGHT, f"{RIGHT} {RIGHT}")
    assert (twice.precision, twice.recall) == (pytest.approx(5 / 13), 1.0)


def test_a_page_without_answer_costs_recall_only() -> None:
    """As the benchmark counts it; means come first, then F1."""
    pages = [compare(RIGHT, RIGHT), compare(RIGHT, "")]
    assert f1(pages) == (1.0, 0.5, pytest.approx(2 / 3))
    assert f1([compare(RIGHT, "")]) == (0.0, 0.0, 0.0)


def test_pages_are_read_from_their_folder(tmp_path, resources) -> None:
    """One page whose article is found; one that breaks the reader counts as no answer."""
    text = "The council voted on Monday evening to close the old bridge for repairs until the spring of next year."
    folder = tmp_path / "extraction" / "article-extraction-benchmark"
    (folder / "html").mkdir(parents=True)
    pages = {"a": f"<article><p>{text}</p><p>{text[::-1]}</p></article>", "b": "<p>a</p>" * 60_000}
    for key, html in pages.items():
        (folder / "html" / f"{key}.html.gz").write_bytes(gzip.compress(html.encode()))
    truth = {key: {"articleBody": f"{text} {text[::-1]}", "url": "https://example.org/"} for key in pages}
    (folder / "ground-truth.json").write_bytes(orjson.dumps(truth))
    assert "| 2 | 1.000 | 0.500 | 0.667 | 0.500 | 1 |" in extraction.section(tmp_path, resources)


def test_without_pages_it_says_so(tmp_path, resources) -> None:
    """Where they belong and where they are from."""
    assert "Not measured" in extraction.section(tmp_path, resources)
