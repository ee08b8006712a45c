"""Options of a molecule-text run; the names are those of the note on hard negatives."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.problems import shared_options as shared
from core.problems.shared_options import DATA, MODEL, refuse
from core.samplers.options import METHODS, BatchOptions
from core.training.config import MACHINE, OPTIMISER, RUN, TrainingConfig, resolve_path
from core.training.settings import setting

NEGATIVES: Final = "Hard negatives"
ENCODERS: Final = ("tfidf", "sentence")
SCHEDULERS: Final = ("constant", "cosine")
ENVIRONMENTS: Final = ("", "local", "colab", "cluster")


@dataclass(frozen=True, kw_only=True)
class MoleculeConfig(TrainingConfig):
    """Options of a run that tells which text belongs to which molecule.

    Raises:
        InputError: An option lies outside its range, or a path is not there.

    Example:
        >>> MoleculeConfig(hard_ratio=1.5)
        Traceback (most recent call last):
        core.errors.InputError: hard_ratio: expected 0 to 1, came 1.5. Change this option.
    """

    epochs: int = setting(
        15, label="epochs", help="The last epoch; with a start epoch the run makes fewer.",
        low=1, high=1_000_000, group=RUN, aliases=("num_epochs",),
    )  # fmt: skip
    start_epoch: int = setting(
        0, label="start epoch", help="Epochs that are behind the model that is gone on with: "
        "they count for the curriculum, and are not made again.", low=0, high=1_000_000, group=RUN,
    )  # fmt: skip
    epoch_steps: int = setting(
        0, label="steps of an epoch", help="0: as many as the training pairs give.",
        unit="steps", low=0, high=1_000_000, group=RUN,
    )  # fmt: skip
    steps: int = shared.steps_or_epochs()
    eval_every: int = shared.evaluations()
    batch_size: int = setting(
        32, label="batch size", help="Pairs of one update: the other texts of a batch are the "
        "negatives of a molecule, and the other way round.", low=2, high=4096, group=RUN,
    )  # fmt: skip
    learning_rate: float = setting(
        3e-4, label="learning rate", help="Of Adam, after the warm-up.",
        low=1e-8, high=1.0, group=OPTIMISER, aliases=("lr",),
    )  # fmt: skip
    scheduler: str = setting(
        "constant", label="scheduler", choices=SCHEDULERS, group=OPTIMISER,
        help="cosine: the learning rate falls along a cosine, to a hundredth where no final rate "
        "is given.",
    )  # fmt: skip
    checkpoint_every: int = shared.checkpoints(200)
    hard_negatives: bool = setting(
        False, label="hard negatives", help="Whether batches hold near neighbours of a pivot.",
        group=NEGATIVES,
    )  # fmt: skip
    hard_ratio: float = setting(
        0.5, label="hard ratio", help="Share of a batch that is hard, its pivot included.",
        low=0.0, high=1.0, group=NEGATIVES,
    )  # fmt: skip
    hardness_k: int = setting(
        100, label="neighbours k", help="How many nearest neighbours of a pivot, by their texts, "
        "it draws from.", low=1, high=10_000, group=NEGATIVES,
    )  # fmt: skip
    curriculum_epoch: int = setting(
        0, label="curriculum epoch", help="So many epochs are random; at 5 the sixth is the first "
        "hard one.", low=0, high=1_000_000, group=NEGATIVES,
    )  # fmt: skip
    shuffle_neighbours: bool = setting(
        False, label="control", help="Every pair gets the neighbours of another one: tells the "
        "effect of hardness from that of the sampler.", group=NEGATIVES,
    )  # fmt: skip
    method: str = setting(
        "planned", label="order of work", choices=METHODS, group=NEGATIVES,
        help="planned: all batches get their neighbours before any random pair is drawn; "
        "sequential: batch after batch, as in the note, so that neighbours run out.",
    )  # fmt: skip
    max_similarity: float = setting(
        1.0, label="similarity ceiling", help="No neighbour above it: what is so near may be "
        "right too. 1: no ceiling.", low=-1.0, high=1.0, group=NEGATIVES,
    )  # fmt: skip
    minimum_rank: int = setting(
        0, label="neighbours skipped", help="How many of the nearest are left out.",
        low=0, high=9_999, group=NEGATIVES,
    )  # fmt: skip
    temp: float = setting(
        0.07, label="temperature", help="Similarities are divided by it; the lower, the more the "
        "hardest negatives count.", low=0.005, high=1.0, group=MODEL, aliases=("temperature",),
    )  # fmt: skip
    learn_temp: bool = setting(
        False, label="learn the temperature", help="It is a parameter then, 0.005 to 1.",
        group=MODEL,
    )  # fmt: skip
    width: int = shared.hidden_width(64, "each atom")
    layers: int = setting(
        3, label="layers", help="Rounds of attention.", low=1, high=16, group=MODEL
    )
    heads: int = setting(
        4, label="heads", help="Of attention; they divide the width.", low=1, high=32, group=MODEL
    )
    dim: int = setting(
        128, label="common space", help="Numbers of the vectors that are compared.",
        low=2, high=4096, group=MODEL, aliases=("embedding_dim",),
    )  # fmt: skip
    dropout: float = setting(
        0.1, label="dropout", help="Of the rounds and projections.", low=0.0, high=0.9, group=MODEL
    )
    mask_atoms: float = setting(
        0.0, label="atoms hidden", help="Share of atoms whose nature a training batch hides.",
        low=0.0, high=0.9, group=MODEL,
    )  # fmt: skip
    drop_bonds: float = setting(
        0.0, label="bonds left out", help="Share of bonds that a training batch leaves out.",
        low=0.0, high=0.9, group=MODEL,
    )  # fmt: skip
    molecules: int = setting(
        12_000, label="molecules", help="Of the component dictionary, with their names, where no "
        "table is given.", low=40, high=40_000, group=DATA,
    )  # fmt: skip
    pairs: str = setting(
        "", label="table of pairs", help="CSV or TSV with the columns smiles and description. "
        "Empty: molecules of the component dictionary with their names.", group=DATA,
    )  # fmt: skip
    encoder: str = setting(
        "tfidf", label="text vectors", choices=ENCODERS, group=DATA,
        help="tfidf: TF-IDF and SVD of the training texts; sentence: a sentence model (extra).",
    )  # fmt: skip
    embeddings: str = setting(
        "", label="own text vectors", help="NPY with a row for each pair, or HDF5 by their names. "
        "Empty: computed as above.", group=DATA,
    )  # fmt: skip
    text_dim: int = setting(
        256, label="size of text vectors", help="Of TF-IDF and SVD.", low=2, high=4096, group=DATA
    )
    split_seed: int = shared.data_seed("the choice of molecules")
    resume_from: str = shared.going_on()
    run_id: str = setting(
        "", label="run id", help="training_logs.json lies under run_<id>; empty: the run's own id.",
        group=MACHINE, shapes=False,
    )  # fmt: skip
    output_dir: str = shared.output_folder("run_<id>/training_logs.json is")
    env: str = setting(
        "", label="environment", choices=ENVIRONMENTS, group=MACHINE, shapes=False,
        help="Accepted as in the note and recorded; it changes nothing here.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check every option on its own, then those that depend on each other."""
        super().__post_init__()
        if self.start_epoch >= self.epochs:
            refuse("start_epoch", f"less than the {self.epochs} epochs", self.start_epoch)
        if self.width % self.heads:
            refuse("heads", f"a divisor of the width {self.width}", self.heads)
        if self.minimum_rank >= self.hardness_k:
            refuse("minimum_rank", f"less than the {self.hardness_k} neighbours",
                    self.minimum_rank)  # fmt: skip
        resolve_path(self, "pairs", "a file that is there", Path.is_file)
        resolve_path(self, "embeddings", "a file that is there", Path.is_file)
        resolve_path(self, "output_dir", "a folder, not a file", lambda path: not path.is_file())


def batch_options(config: MoleculeConfig) -> BatchOptions:
    """Give what the sampler needs to know."""
    return BatchOptions(
        hard_negatives=config.hard_negatives,
        hard_ratio=config.hard_ratio,
        hardness_k=config.hardness_k,
        curriculum_epoch=config.curriculum_epoch,
        batch_size=config.batch_size,
        seed=config.seed,
        method=config.method,
        max_similarity=config.max_similarity if config.max_similarity < 1 else None,
        minimum_rank=config.minimum_rank,
    )
