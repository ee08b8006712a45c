from typing import Any

import pytest

from core.errors import InputError
from core.problems.peptide.balance import default_bands
from core.problems.peptide.config import (
    NOTE_TARGETS,
    PRECURSOR_LOSS_NAMES,
    SPECTRUM_LOSS_NAMES,
    PeptideConfig,
    SpectrumOptions,
)
from core.problems.peptide.objective import PRECURSOR_LOSSES, SPECTRUM_LOSSES
from core.training.settings import from_plain, settings_of, to_plain


def test_defaults_are_the_setting_of_the_note():
    options = SpectrumOptions()
    assert (options.sigma_da, options.bin_da, options.mz_max) == (0.05, 0.1, 2000.0)
    assert options.sigma_over_bin == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sigma_da", 0.0),
        ("sigma_da", float("nan")),
        ("sigma_da", float("inf")),
        ("bin_da", -0.1),
        ("delta_da", 0.0),
        ("tolerance_da", 0.0),
        ("tolerance_ppm", 0.0),
        ("mz_min", -1.0),
        ("mz_max", 0.0),
        ("mix", 1.5),
        ("top_peaks", 0),
        ("seed", -1),
        ("ions", ()),
        ("ions", ("b", "b")),
        ("ions", ("z",)),
        ("transform", "cube"),
        ("special_tokens", "drop"),
    ],
)
def test_a_value_out_of_range_names_the_option(name: str, value: Any):
    with pytest.raises(InputError) as caught:
        SpectrumOptions(**{name: value})
    assert caught.value.where == name
    assert str(caught.value).startswith(f"{name}: expected ")


def test_options_are_a_key_of_a_cache():
    assert hash(SpectrumOptions()) == hash(SpectrumOptions(sigma_da=0.05))
    assert SpectrumOptions() != SpectrumOptions(sigma_da=0.1)


# --- a training run ----------------------------------------------------------------------------


def test_choices_are_the_losses_that_exist():
    assert set(SPECTRUM_LOSS_NAMES) == set(SPECTRUM_LOSSES)
    assert set(PRECURSOR_LOSS_NAMES) == set(PRECURSOR_LOSSES)


def test_targets_are_those_of_the_note():
    assert PeptideConfig().targets == NOTE_TARGETS == default_bands()


def test_the_default_run_keeps_to_its_budget():
    config = PeptideConfig()
    assert config.steps <= 6000
    assert config.batch_size <= 64


def test_a_run_survives_plain_values_and_every_option_is_explained():
    config = PeptideConfig(solo="spectrum", sigma_end_da=0.5, max_length=12, width=32)
    assert from_plain(PeptideConfig, to_plain(config)) == config
    assert all(
        option.label and option.help and option.group for option in settings_of(PeptideConfig)
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("min_length", {"min_length": 1}),
        ("min_length", {"min_length": 12, "max_length": 10}),
        ("width", {"width": 66}),
        ("recursions", {"recursions": 0}),
        ("spectrum_loss", {"spectrum_loss": "cosine"}),
        ("sigma_end_da", {"sigma_end_da": 0.001}),
        ("solo", {"solo": "mse"}),
    ],
)
def test_an_impossible_run_names_the_option(name: str, options: dict[str, Any]):
    with pytest.raises(InputError) as caught:
        PeptideConfig(**options)
    assert caught.value.where == name
