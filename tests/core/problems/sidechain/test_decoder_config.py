import pytest

from core.errors import InputError
from core.problems.command_words import runs_of_words
from core.problems.sidechain.config import OUTPUTS, SideChainConfig, basis_of
from core.problems.sidechain.experiment import SIDE_CHAIN, run_name
from core.problems.sidechain.objective import sidechain_schedule
from core.runs.folder import read_config
from core.training.settings import from_plain, settings_of, to_plain


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"output": "relu"}, "output: expected one of tanh, tanh8, linear"),
        ({"solo": "mse"}, "solo: expected one of atom, type"),
        ({"atom_loss_weight": 0.0, "type_loss_weight": 0.0}, "one of them above 0"),
        ({"structures": "nowhere"}, "structures: expected a folder that is there"),
        ({"atom_parts": "mse+mae"}, "atom_parts: expected one of mse"),
        ({"shell_width_angstrom": 0.0}, "shell_width_angstrom: expected 0.01 to 10"),
    ],
)
def test_an_impossible_option_is_refused(options, says):
    with pytest.raises(InputError, match=says.replace("+", r"\+")):
        SideChainConfig(**options)


def test_the_default_is_the_notes_density():
    basis = basis_of(SideChainConfig())
    assert (basis.harmonics, basis.shells, basis.r_max, basis.width) == (81, 16, 8.0, 0.25)
    assert basis.radii[0] == 0.25


def test_the_note_s_names_stand_on_the_command_line(tmp_path):
    import argparse  # noqa: PLC0415 - of this test alone

    words = ["sidechain", "--atom_loss_weight", "0.2", "--type_loss_weight", "0",
             "--sh_tau_threshold", "0.2", "--output", "tanh", "--tau", "0.1"]  # fmt: skip
    (folder,) = runs_of_words(words, argparse.ArgumentParser())
    config = from_plain(SideChainConfig, read_config(folder).config)
    told = (config.atom_loss_weight, config.type_loss_weight, config.sh_tau_threshold)
    assert told == (0.2, 0.0, 0.1)
    assert from_plain(SideChainConfig, to_plain(config)) == config
    names = {name for option in settings_of(SideChainConfig) for name in option.aliases}
    assert {"tau", "r_max", "shell_width"} <= names


def test_weights_are_those_of_the_options_or_of_the_one_term():
    config = SideChainConfig(atom_loss_weight=0.2, type_loss_weight=3.0, steps=7)
    (stage,) = sidechain_schedule(config).stages
    assert (stage.weights, stage.end_step) == ({"atom": 0.2, "type": 3.0}, 7)
    for term in SIDE_CHAIN.terms:
        alone = SideChainConfig(solo=term, atom_loss_weight=0.0, type_loss_weight=0.0)
        weights = sidechain_schedule(alone).stages[0].weights
        assert weights == {name: float(name == term) for name in SIDE_CHAIN.terms}


def test_presets_are_whole_and_named():
    plain = to_plain(SideChainConfig())
    for preset in SIDE_CHAIN.presets.values():
        for options in preset.runs.values():
            assert from_plain(SideChainConfig, plain | dict(options))
    outputs = SIDE_CHAIN.presets["outputs"].runs
    assert [run["output"] for run in outputs.values()] == list(OUTPUTS)
    assert SIDE_CHAIN.presets["note"].is_chain
    assert run_name(SideChainConfig(output="tanh")) == "tanh, 20,000 synthetic residues"
