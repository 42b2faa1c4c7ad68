"""The file of keys: what is written there is there, and changes are seen."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from services.ingest.key_store import KeysFileError, KeyStore, NoSuchKey, read_keys, signature
from services.ingest.keys import Quota, opens


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "keys.sqlite"


def test_a_key_is_found_again(path):
    """As it was made."""
    key, text = KeyStore(path).create("desk", quota="600/min", lifetime=timedelta(days=90))
    assert read_keys(path) == {key.id: key}
    assert key.quota == Quota(600, 60)
    assert key.expires_at == key.created_at + timedelta(days=90)
    assert opens(text, key)


def test_the_file_does_not_have_the_secret(path):
    """Neither does what lies beside it; only its owner can read it anyway."""
    _, text = KeyStore(path).create("desk")
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert text.split("_")[2].encode() not in written
    assert path.stat().st_mode & 0o077 == 0


def test_a_revoked_key_stays_and_opens_nothing(path):
    """Revoking it again changes nothing."""
    store = KeyStore(path)
    key, _ = store.create("desk")
    revoked = store.revoke(key.id)
    assert read_keys(path)[key.id].state(revoked.revoked_at) == "revoked"
    assert store.revoke(key.id) == revoked


def test_a_rotated_key_has_a_successor_like_it(path):
    """Same name, quota and lifetime; the old one holds for the grace and no longer."""
    store = KeyStore(path)
    old, _ = store.create("desk", quota="5/s", lifetime=timedelta(days=90))
    new, text = store.rotate(old.id, grace=timedelta(hours=1))
    old = read_keys(path)[old.id]
    assert (new.name, new.quota, new.expires_at - new.created_at) == ("desk", Quota(5, 1), timedelta(days=90))
    assert opens(text, new)
    assert new.id != old.id
    assert old.expires_at - new.created_at == timedelta(hours=1)


def test_a_rotation_does_not_lengthen_a_key(path):
    """One that ends before the grace does still ends then."""
    store = KeyStore(path)
    old, _ = store.create("desk", lifetime=timedelta(minutes=5))
    store.rotate(old.id, grace=timedelta(days=1))
    assert read_keys(path)[old.id].expires_at == old.expires_at


def test_a_key_rotated_twice_has_successors_that_last(path):
    """The grace of the old one is not taken for its lifetime."""
    store = KeyStore(path)
    old, _ = store.create("desk", lifetime=timedelta(days=90))
    for _ in range(2):
        new, _ = store.rotate(old.id, grace=timedelta(hours=1))
    assert new.expires_at - new.created_at == timedelta(days=90)


def test_a_revoked_key_has_no_successor(path):
    """It may be revoked because somebody else has it."""
    store = KeyStore(path)
    key, _ = store.create("desk")
    store.revoke(key.id)
    with pytest.raises(NoSuchKey, match="was revoked"):
        store.rotate(key.id, grace=timedelta(0))
    assert len(read_keys(path)) == 1


@pytest.mark.parametrize("change", [lambda s: s.revoke("none"), lambda s: s.rotate("none", grace=timedelta(0))])
def test_a_key_that_is_not_there_cannot_be_changed(path, change):
    """It says so, and where to look."""
    store = KeyStore(path)
    store.create("desk")
    with pytest.raises(NoSuchKey, match="there is no key none"):
        change(store)


@pytest.mark.parametrize("wrong", [{"quota": "1/y"}, {"lifetime": timedelta(0)}, {"lifetime": timedelta(-1)}])
def test_a_wrong_key_is_not_made(path, wrong):
    """Nor is the file."""
    with pytest.raises(ValueError, match=r"quota|time"):
        KeyStore(path).create("desk", **wrong)
    assert not path.exists()


def test_every_change_shows(path):
    """A service that remembers the signature sees each; reading is no change."""
    store = KeyStore(path)
    seen = []
    key, _ = store.create("desk")
    for change in (lambda: None, lambda: store.create("other"), lambda: store.revoke(key.id)):
        change()
        read_keys(path)
        assert signature(path) == signature(path)
        seen.append(signature(path))
    assert len(set(seen)) == 3


def test_changes_made_side_by_side_are_all_there(path):
    """Writers wait for each other."""
    store = KeyStore(path)
    store.create("first")
    threads = [threading.Thread(target=store.create, args=(f"desk-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_keys(path)) == 9


def test_a_file_that_is_not_there_says_how_to_make_it(path):
    """The command is named."""
    with pytest.raises(KeysFileError, match="claimwire keys create"):
        read_keys(path)


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_a_file_of_something_else_is_refused(path, content):
    """An empty one too: it would keep out everybody without a word."""
    path.write_bytes(content)
    with pytest.raises(KeysFileError, match="cannot be used as a file of keys"):
        read_keys(path)


def test_keys_are_read_from_a_folder_that_nobody_can_write_to():
    """As a mounted secret is."""
    folder = Path(tempfile.mkdtemp())  # not below pytest's, which another user cannot enter
    path = folder / "keys.sqlite"
    key, _ = KeyStore(path).create("desk")
    path.chmod(0o444)
    folder.chmod(0o555)
    code = f"import os, pathlib\nfrom services.ingest.key_store import read_keys\n{_BECOME_NOBODY}"
    code += f"print(*read_keys(pathlib.Path({str(path)!r})))"
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=_here())
        assert done.stdout.strip() == key.id, done.stderr
        assert list(folder.iterdir()) == [path]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


# Root can write everywhere.
_BECOME_NOBODY = "if os.geteuid() == 0: os.setuid(65534)\n"


def _here() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
