"""The strategies of the note on hard negatives, and its grid, as runs that can be started."""

from typing import Final

from core.problems.experiment import Preset

HARD: Final = {"hard_negatives": True}

PRESETS: Final = {
    "cold-start": Preset(
        "Cold start with switch",
        "random batches first, hard ones from the sixth epoch on",
        {"all": {**HARD, "curriculum_epoch": 5, "hard_ratio": 0.4, "epochs": 15}},
    ),
    "resume": Preset(
        "Hard from the start",
        "goes on with a model that is trained (resume_from), hard at once, a lower rate",
        {"all": {**HARD, "hard_ratio": 0.6, "hardness_k": 50, "epochs": 10, "learning_rate": 1e-4}},
        needs_model=True,
    ),
    "progressive": Preset(
        "Progressive hardening",
        "three runs, each harder and going on with the one before",
        {
            "step 1": {**HARD, "hard_ratio": 0.3, "epochs": 10},
            "step 2": {**HARD, "hard_ratio": 0.6, "epochs": 20, "start_epoch": 10},
            "step 3": {**HARD, "hard_ratio": 0.8, "hardness_k": 30, "epochs": 25,
                       "start_epoch": 20},
        },
        is_chain=True,
    ),
    "grid": Preset(
        "The note's grid",
        "six runs that differ in the hard ratio and in when hardness begins",
        {
            "baseline": {"hard_negatives": False},
            "ratio 0.3": {**HARD, "hard_ratio": 0.3},
            "ratio 0.5": {**HARD, "hard_ratio": 0.5},
            "ratio 0.7": {**HARD, "hard_ratio": 0.7},
            "from epoch 5": {**HARD, "curriculum_epoch": 5},
            "from the start": {**HARD, "curriculum_epoch": 0},
        },
    ),
    "control": Preset(
        "Note's table",
        "random, hard, switch at 5, aggressive, and as a control hard with the neighbours of "
        "others",
        {
            "random": {"hard_negatives": False},
            "hard": HARD,
            "switch at 5": {**HARD, "curriculum_epoch": 5},
            "aggressive": {**HARD, "hard_ratio": 0.7},
            "shuffled neighbours": {**HARD, "shuffle_neighbours": True},
        },
    ),
}  # fmt: skip
