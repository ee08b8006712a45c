from dataclasses import replace

import pytest

from core.errors import InputError
from core.problems.experiment import Scored
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.experiment import NOMINAL_STEPS, POCKET, pocket_schedule, score_lines
from core.problems.pocket.task import TERMS
from core.training.curriculum import Schedule, Stage

VALUES = {"val/cosine_loss": 0.2341, "val/avg_cosine_similarity": 0.7659, "val/mse_loss": 0.4682}
CONFIG = {"eval_every": 7, "steps": 21, "num_epochs": 3}


def weights(**options: object) -> dict[str, float]:
    (stage,) = pocket_schedule(PocketConfig(steps=50, **options)).stages  # type: ignore[arg-type]
    assert (stage.start_step, stage.end_step) == (0, 50)
    return {term: weight for term, weight in stage.weights.items() if weight}


@pytest.mark.parametrize("loss", TERMS)
def test_a_loss_has_all_the_weight(loss):
    assert weights(loss_fn=loss) == {loss: 1.0}


def test_a_mix_divides_the_weight_and_the_ends_of_the_range_are_one_loss_alone():
    assert weights(loss_fn="mix") == {"cosine": 0.7, "mse": 0.3}
    assert weights(loss_fn="mix", cosine_weight=0.25) == {"cosine": 0.25, "mse": 0.75}
    assert weights(loss_fn="mix", cosine_weight=1.0) == {"cosine": 1.0}
    assert weights(loss_fn="mix", cosine_weight=0.0) == {"mse": 1.0}


@pytest.mark.parametrize("term", TERMS)
def test_one_term_alone_counts_more_than_the_loss(term):
    assert weights(loss_fn="mix", solo=term) == {term: 1.0}


def test_until_the_data_say_how_long_an_epoch_is_a_schedule_has_a_nominal_length():
    assert pocket_schedule(PocketConfig()).total_steps == NOMINAL_STEPS
    assert POCKET.terms == TERMS


def test_a_schedule_that_is_sent_is_stretched_and_one_of_other_terms_refused():
    first = {"cosine": 0.0, "mse": 1.0, "info_nce": 0.0}
    last = {"info_nce": 1.0, "mse": 0.0, "cosine": 0.5}
    terms = ("info_nce", "mse", "cosine")
    sent = Schedule(terms, (Stage("a", 0, 10, first), Stage("b", 10, 40, last)))
    config = PocketConfig(steps=80, schedule=sent, loss_fn="mse")
    made = pocket_schedule(config)
    assert made.terms == TERMS
    assert [(s.name, s.start_step, s.end_step) for s in made.stages] == [
        ("a", 0, 20), ("b", 20, 80),
    ]  # fmt: skip
    assert [stage.weights for stage in made.stages] == [first, last]
    assert len(pocket_schedule(replace(config, solo="mse")).stages) == 1
    other = Schedule(("cosine", "mse"), (Stage("a", 0, 10, {"cosine": 1.0, "mse": 1.0}),))
    with pytest.raises(InputError, match="exactly cosine, mse, info_nce"):
        pocket_schedule(replace(config, schedule=other))


def test_an_evaluation_is_said_in_the_words_of_the_note():
    scored = Scored(7, VALUES, CONFIG, train_loss=0.31416, learning_rate=1e-3)
    assert score_lines(scored) == (
        "Epoch 1/3",
        "Train Loss: 0.3142",
        "Val Cosine Loss: 0.2341, Val Cosine Sim: 0.7659, Val MSE: 0.4682",
        "Learning Rate: 1.00e-03",
    )


def test_before_the_first_update_there_is_neither_a_training_loss_nor_a_rate():
    assert score_lines(Scored(0, VALUES, CONFIG)) == (
        "Epoch 0/3",
        "Val Cosine Loss: 0.2341, Val Cosine Sim: 0.7659, Val MSE: 0.4682",
    )


def test_what_is_watched_is_the_cosine_loss_whatever_is_trained():
    assert POCKET.watched == "val/cosine_loss"
    assert POCKET.primary == "val/avg_cosine_similarity"
    assert POCKET.export is not None
    assert {option in PocketConfig.__dataclass_fields__ for option in POCKET.first_options} == {
        True
    }
