"""Files to articles."""

import io

import pytest

from services.local.submissions import Skipped, Submission, Unreadable, load


def write(folder, **files: bytes):
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("name", "content", "article"),
    [
        ("a.json", b'{"body":"x"}', {"body": "x"}),
        ("a.ndjson", b'\n{"body":"x"}\n', {"body": "x"}),
        ("a.txt", b"\xef\xbb\xbf\nTitle \n\nFirst.\n\nSecond.\n", {"title": "Title", "body": "First.\n\nSecond."}),
        ("a.txt", b"Only a line", {"body": "Only a line"}),
        ("a.html", b"<p>x</p>", {"html": "<p>x</p>"}),
        ("A.JSON", b'{"body":"x"}', {"body": "x"}),
    ],
)
def test_every_kind_of_file(tmp_path, name, content, article):
    """The suffix says how a file is read."""
    (tmp_path / name).write_bytes(content)
    (loaded,) = load(tmp_path / name)
    assert isinstance(loaded, Submission)
    assert loaded.article == article
    assert loaded.origin.startswith(name)


def test_an_array_is_many_articles(tmp_path):
    """Each with its position."""
    loaded = load(write(tmp_path, a_json=b'[{"body":"1"},{"body":"2"},3]'))
    assert [item.origin for item in loaded] == ["a.json[1]", "a.json[2]", "a.json[3]"]


def test_a_directory_in_the_order_of_names_and_other_files_counted(tmp_path):
    """Recursive; README, feeds.yaml and hidden files are no articles."""
    write(
        tmp_path,
        b_json=b'{"body":"b"}',
        a_txt=b"a",
        README_md=b"",
        feeds_yaml=b"",
        sub__c_jsonl=b'{"body":"c"}',
    )
    (tmp_path / ".hidden.json").write_bytes(b"{}")
    loaded = list(load(tmp_path))
    assert [item.origin for item in loaded if isinstance(item, Submission)] == ["a.txt", "b.json", "sub/c.jsonl:1"]
    assert [item.origin for item in loaded if isinstance(item, Skipped)] == ["README.md", "feeds.yaml"]


@pytest.mark.parametrize(
    ("name", "content", "origin"),
    [
        ("a.json", b'{\n"body":', "a.json:2"),
        ("a.ndjson", b'\n{"body"', "a.ndjson:2"),
        ("a.ndjson", b"3", "a.ndjson:1"),
        ("a.txt", b"one\ntwo \xff", "a.txt:2"),
        ("a.txt", b" \n ", "a.txt"),
        ("a.html", b"", "a.html"),
        ("missing.json", None, "missing.json"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path, name, content, origin):
    """It is reported, not raised."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    (loaded,) = load(tmp_path / name)
    assert isinstance(loaded, Unreadable)
    assert loaded.origin == origin
    assert loaded.detail


def test_a_bad_line_does_not_stop_the_others(tmp_path):
    """What is good is read."""
    loaded = load(write(tmp_path, a_ndjson=b'{"body":"1"}\nbad\n{"body":"3"}'))
    assert [type(item) for item in loaded] == [Submission, Unreadable, Submission]


@pytest.mark.parametrize("content", [b'{"body":"1"}', b'[{"body":"1"}]', b'{"body":"1"}\n', b'{\n"body":\n"1"}'])
def test_standard_input_is_a_document_or_lines(monkeypatch, content):
    """It has no name that would say which."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    (loaded,) = load("-")
    assert isinstance(loaded, Submission)
    assert loaded.article == {"body": "1"}


def test_standard_input_of_many_lines(monkeypatch):
    """One article a line."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"body":"1"}\n{"body":"2"}\n')))
    assert [item.origin for item in load("-")] == ["standard input:1", "standard input:2"]
