"""One Claimwire a folder."""

import os

import pytest

from services.local.data_folder import FolderInUseError, data_folder


def test_a_second_one_on_the_same_folder_is_refused(tmp_path):
    """And told who is there and what to do."""
    with (
        data_folder(tmp_path / "data"),
        pytest.raises(FolderInUseError, match=rf"process {os.getpid()}.*--data"),
        data_folder(tmp_path / "data"),
    ):
        pass


def test_the_folder_is_free_again_afterwards(tmp_path):
    """Also for the same process."""
    for _ in range(2):
        with data_folder(tmp_path / "data") as folder:
            assert folder == tmp_path / "data"


def test_a_new_folder_stays_out_of_version_control(tmp_path):
    """It may lie among somebody's sources."""
    with data_folder(tmp_path / "data") as folder:
        assert (folder / ".gitignore").read_text() == "*\n"
