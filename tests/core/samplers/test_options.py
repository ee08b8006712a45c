import math

import pytest

from core.errors import InputError
from core.samplers.options import BatchOptions, hard_slots, is_hard_epoch


@pytest.mark.parametrize(
    ("ratio", "size", "slots"),
    [(0.5, 32, 15), (1.0, 32, 31), (0.0, 32, 0), (0.03, 32, 0), (0.05, 32, 1), (0.7, 10, 6),
     (0.4, 32, 12), (0.5, 3, 1), (1.0, 2, 1)],
)  # fmt: skip
def test_the_pivot_belongs_to_the_hard_part(ratio, size, slots):
    assert hard_slots(ratio, size) == slots


def test_the_switch_holds_for_every_epoch_from_the_curriculum_epoch_on():
    """Epoch 6 of the screen is index 5; a test for equality would never switch after a resume."""
    options = BatchOptions(curriculum_epoch=5)
    assert [is_hard_epoch(options, epoch) for epoch in range(8)] == [False] * 5 + [True] * 3
    assert is_hard_epoch(BatchOptions(), 0)
    assert not is_hard_epoch(BatchOptions(hard_negatives=False), 9)
    assert not is_hard_epoch(BatchOptions(hard_ratio=0.03), 9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hard_ratio", 1.01), ("hard_ratio", -0.1), ("hard_ratio", math.nan), ("hardness_k", 0),
        ("curriculum_epoch", -1), ("batch_size", 1), ("seed", -1), ("method", "random"),
        ("max_similarity", 1.1), ("max_similarity", math.nan), ("relative_margin", -0.1),
        ("relative_margin", math.nan), ("minimum_rank", -1), ("minimum_rank", 100),
    ],
)  # fmt: skip
def test_an_option_out_of_range_is_named(name, value):
    with pytest.raises(InputError, match=f"^{name}: expected .* came {value}"):
        BatchOptions(**{name: value})
