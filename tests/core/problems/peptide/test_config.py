from typing import Any

import pytest

from core.errors import InputError
from core.problems.peptide.config import SpectrumOptions


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
