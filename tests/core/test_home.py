from pathlib import Path

import pytest

from core.errors import UnavailableError
from core.home import home, home_folder, size_bytes


def test_the_variable_names_the_folder(state_folder):
    assert home() == state_folder


def test_without_it_the_users_data_directory_is_taken(monkeypatch):
    monkeypatch.delenv("LOSSOSCOPE_HOME")
    assert home().name == "lossoscope"


def test_size_counts_every_file_and_is_zero_before_the_first(state_folder):
    assert size_bytes() == 0
    (home_folder("a", "b") / "file").write_bytes(b"12345")
    assert size_bytes() == 5


def test_asking_for_the_folder_does_not_create_it(state_folder):
    home()
    assert not state_folder.exists()


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(tmp_path / "file"))
    with pytest.raises(UnavailableError, match="Set LOSSOSCOPE_HOME"):
        home_folder("datasets")
