import shutil
from pathlib import Path

import pytest

from core.errors import InputError
from core.runs.elsewhere import forget_folder, is_elsewhere, register_folder
from core.runs.folder import new_run, run_folders
from core.runs.index import list_runs
from core.runs.launching import delete_run
from core.runs.reader import read_history
from tests.core.runs.stories import record, story


@pytest.fixture
def far(tmp_path: Path) -> Path:
    return record(new_run("toy", {}, name="far", folder=tmp_path / "disk" / "toy-1"), story())


def own_runs() -> list[Path]:
    return [path for path, is_sample in run_folders() if not is_sample]


def test_a_registered_run_is_listed_and_read_and_forgotten(far: Path):
    link = register_folder(far)
    assert is_elsewhere(link)
    assert register_folder(far) == link
    assert own_runs() == [link]
    assert [row.name for row in list_runs() if not row.is_sample] == ["far"]
    assert read_history(link).series.keys() == read_history(far).series.keys()
    with pytest.raises(InputError, match="Only such folders are deleted"):
        delete_run(link)
    forget_folder(link)
    assert own_runs() == []
    assert read_history(far).last_step == 19


def test_runs_of_one_name_keep_apart_and_one_whose_disk_is_gone_is_not_listed(
    far: Path, tmp_path: Path
):
    other = shutil.copytree(far, tmp_path / "other" / far.name)
    first, second = register_folder(far), register_folder(other)
    assert {first.name, second.name} == {"toy-1", "toy-1-2"}
    far.rename(far.with_name("away"))
    assert own_runs() == [second]
    far.with_name("away").rename(far)
    assert own_runs() == [first, second]


def test_only_run_folders_are_registered_and_only_links_forgotten(tmp_path: Path, run: Path):
    for wrong, came in ((tmp_path, "another folder"), (tmp_path / "none", "no folder")):
        with pytest.raises(InputError, match=came):
            register_folder(wrong)
    assert register_folder(run) == run
    with pytest.raises(InputError, match="one of this machine"):
        forget_folder(run)
