"""`claimwire extract` on what lies here: files and standard input. What it fetches is tested with an attacker."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from services.cli import extract, main

SEED = Path(__file__).parents[3] / "seeds" / "17-galway-observatory.html"


def run(*arguments, **options):
    return CliRunner().invoke(main, ["extract", *map(str, arguments)], **options)


def test_a_file_becomes_an_article():
    """All fields, in the order in which the help names them."""
    result = run(SEED)
    article = orjson.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(article) == ["title", "authors", "published_at", "language", "body", "canonical_url", "quality"]
    assert article["published_at"] == "2025-12-02T00:35:00Z"
    assert article["authors"] == ["Niamh Corrigan"]
    assert article["body"].startswith("Plans for a €780 million")
    assert article["quality"] == {"published_at_quality": "parsed", "flags": []}


def test_standard_input_does_as_well():
    """Whatever encoding it is in."""
    html = SEED.read_text("utf-8").replace("€", "EUR ").replace('charset="utf-8"', 'charset="windows-1252"')
    result = run("-", input=html.encode("cp1252", "replace"))
    assert "Siobhán Kealy" in orjson.loads(result.stdout)["body"]


def test_relative_addresses_need_to_know_where_the_page_is_from(tmp_path):
    """`--url` says it, and is not for pages that are fetched."""
    page = tmp_path / "page.html"
    page.write_text(SEED.read_text("utf-8").replace("https://harbourgazette.example/", "/"), "utf-8")
    assert orjson.loads(run(page).stdout)["canonical_url"] is None
    found = orjson.loads(run(page, "--url", "https://example.org/x").stdout)["canonical_url"]
    assert found == "https://example.org/ireland/2025/12/02/connemara-floating-wind-vote"
    assert run("https://example.org/", "--url", "https://example.org/").exit_code == 2


@pytest.mark.parametrize(("date", "quality"), [("2199-01-01", "future"), ("soon", "missing")])
def test_the_time_says_how_far_it_can_be_trusted(date, quality):
    """A time to come is kept and doubted; none is none."""
    html = (
        SEED.read_text("utf-8")
        .replace("2025-12-02T", "soon T")
        .replace("</head>", f'<meta name="date" content="{date}"></head>')
    )
    assert orjson.loads(run("-", input=html).stdout)["quality"]["published_at_quality"] == quality


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("no-such-file.html", "No such file"),
        ("http://127.0.0.1/", "127.0.0.1 is not on the open internet"),
        ("http://localhost/", "to which localhost leads, is not on the open internet"),
        ("http://2130706433/", "an address in an odd form"),
        ("http://example.org:22/", "port 22 may not be asked"),
        ("file:///etc/passwd", "no http or https URL"),
    ],
)
def test_what_cannot_be_had_is_one_line(source, says):
    """And exit code 1."""
    result = run(source)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_page_without_article_is_told():
    """What there is is printed; the exit code says that it is no article."""
    result = run("-", input="<html><title>Nothing</title>")
    assert result.exit_code == 1
    assert orjson.loads(result.stdout)["quality"]["flags"] == ["too_short"]
    assert result.stderr == "There is no article in this page.\n"


def test_a_page_that_breaks_the_reader_is_one_line():
    """As the pipeline says it."""
    result = run("-", input="<html><body>" + "<p>a</p>" * 60_000)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: the page has more than 50000 elements\n"


def test_a_page_that_takes_too_long_is_given_up(monkeypatch):
    """Its process is killed: starting it alone takes longer than this limit."""
    monkeypatch.setattr(extract, "_SECONDS", 0.01)
    result = run("-", input="<html>")
    assert result.exit_code == 1
    assert result.stderr == "Error: the page takes more than 0.01 s to read\n"


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    """As a page from the internet would be."""
    monkeypatch.setenv("CLAIMWIRE_FETCH_MAX_BODY_BYTES", "2000")
    (tmp_path / "page.html").write_bytes(b"x" * 2001)
    assert "more than 2,000 bytes" in run(tmp_path / "page.html").stderr


def test_a_wrong_setting_is_wrong_usage(monkeypatch):
    """Named as it was given."""
    monkeypatch.setenv("CLAIMWIRE_FETCH_TOTAL_SECONDS", "-1")
    result = run("-", input="")
    assert result.exit_code == 2
    assert "CLAIMWIRE_FETCH_TOTAL_SECONDS=-1" in result.stderr
