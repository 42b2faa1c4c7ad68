"""The file by which a process says where it listens."""

from services.runtime.ready_file import write_ready_file


def test_one_line_of_json_and_nothing_beside_it(tmp_path):
    """A reader finds the whole line or no file; an older one is replaced."""
    path = tmp_path / "ready.json"
    path.write_text("old")
    write_ready_file(path, url="http://127.0.0.1:1")
    assert path.read_text() == '{"url":"http://127.0.0.1:1"}\n'
    assert list(tmp_path.iterdir()) == [path]
