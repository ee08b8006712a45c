from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InputError
from core.problems.pocket.config import LOSS_KINDS, PocketConfig
from core.problems.pocket.task import TERMS
from core.training.settings import digest, from_plain, settings_of, to_plain


def refused(**options: object) -> InputError:
    with pytest.raises(InputError) as caught:
        PocketConfig(**options)  # type: ignore[arg-type]
    assert caught.value.where == next(iter(options))
    return caught.value


def test_the_defaults_are_those_of_the_note():
    config = PocketConfig()
    assert (config.batch_size, config.learning_rate, config.output_dim) == (32, 1e-3, 256)
    assert config.loss_fn == "cosine"
    assert (config.embeddings_path, config.output_dir) == ("", "")
    names = {option.name for option in settings_of(PocketConfig)}
    assert {"embeddings_path", "output_dim", "batch_size", "num_epochs", "output_dir"} <= names
    assert "lr" in next(o.aliases for o in settings_of(PocketConfig) if o.name == "learning_rate")


def test_a_batch_of_one_is_refused_and_the_form_says_why():
    assert refused(batch_size=1).expected == "2 to 1,024"
    (told,) = [option for option in settings_of(PocketConfig) if option.name == "batch_size"]
    assert "InfoNCE" in told.help
    assert "wrong answers" in told.help


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"loss_fn": "mae"}, "one of cosine, mse, mix, info_nce"),
        ({"loss_fn": ""}, "one of"),
        ({"solo": "mix"}, "one of cosine, mse, info_nce"),
        ({"cosine_weight": 1.1}, "0 to 1"),
        ({"temperature": 0.0}, "0.001 to"),
        ({"num_epochs": 0}, "1 to"),
        ({"steps": -1}, "0 to"),
        ({"output_dim": 1}, "2 to"),
        ({"ligands": 29}, "30 to"),
        ({"cutoff_angstrom": 25.0}, "2 to 20 Å"),
        ({"learning_rate": float("nan")}, "a finite number"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_lies_outside_its_range_is_refused(options, expected):
    assert refused(**options).expected.startswith(expected)


@pytest.mark.parametrize("kind", LOSS_KINDS)
def test_every_loss_and_every_term_alone_is_taken(kind):
    assert PocketConfig(loss_fn=kind).loss_fn == kind
    assert [PocketConfig(loss_fn=kind, solo=term).solo for term in TERMS] == list(TERMS)


def test_paths_that_lead_nowhere_are_refused(tmp_path: Path):
    (tmp_path / "file").write_text("a")
    nowhere, file = str(tmp_path / "nowhere"), str(tmp_path / "file")
    assert refused(structures=nowhere).expected == "a folder that is there"
    assert refused(structures=file).came == file
    assert refused(embeddings_path=nowhere).expected == "a file that is there"
    assert refused(embeddings_path=str(tmp_path)).came == str(tmp_path)
    assert refused(output_dir=file).expected == "a folder, not a file"


def test_paths_become_absolute_as_a_run_stands_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "set").mkdir()
    (tmp_path / "a.h5").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    config = PocketConfig(structures="set", embeddings_path="~/a.h5", output_dir="new/one")
    assert config.structures == str(tmp_path / "set")
    assert config.embeddings_path == str(tmp_path / "a.h5")
    assert config.output_dir == str(tmp_path / "new" / "one")
    assert not (tmp_path / "new").exists()
    monkeypatch.chdir("/")
    assert from_plain(PocketConfig, to_plain(config)) == config


def test_where_a_run_leaves_its_files_does_not_shape_it(tmp_path: Path):
    config = PocketConfig()
    for change in ({"output_dir": str(tmp_path)}, {"checkpoint_every": 7}, {"device": "cpu"}):
        assert digest(replace(config, **change)) == digest(config)
    # Early stopping and the plateau rule count evaluations: how often shapes the training.
    for change in ({"eval_every": 7}, {"patience": 3}, {"loss_fn": "mse"}, {"ligands": 50}):
        assert digest(replace(config, **change)) != digest(config)
