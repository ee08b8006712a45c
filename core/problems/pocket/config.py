"""Options of a pocket run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.balance.shares import Band
from core.errors import InputError
from core.training.config import (
    BALANCE,
    OPTIMISER,
    RUN,
    TrainingConfig,
    decode_targets,
    encode_targets,
    resolve_path,
)
from core.training.settings import setting

DATA, MODEL, LOSSES = "Data", "Model", "Losses"
LOSS_KINDS: Final = ("cosine", "mse", "mix", "info_nce")
TARGETS: Final = {"cosine": Band(60.0, 70.0), "mse": Band(30.0, 40.0)}


@dataclass(frozen=True, kw_only=True)
class PocketConfig(TrainingConfig):
    """Options of a run that reads ligands off their pockets; the names are those of the note.

    Raises:
        InputError: An option lies outside its range, or a path is not there.

    Example:
        >>> PocketConfig(loss_fn="mae")
        Traceback (most recent call last):
        core.errors.InputError: loss_fn: expected one of cosine, mse, mix, info_nce, came 'mae'. ...
    """

    num_epochs: int = setting(
        16, label="epochs", help="Passes over the training pockets, unless steps are given.",
        low=1, high=1_000_000, group=RUN, aliases=("epochs",),
    )  # fmt: skip
    steps: int = setting(
        0, label="steps", help="Optimiser updates in all; 0: the epochs decide.",
        low=0, high=10_000_000, group=RUN,
    )  # fmt: skip
    eval_every: int = setting(
        0, label="evaluate every", help="How often the held-out pockets are evaluated; 0: after "
        "every epoch.", unit="steps", low=0, high=10_000_000, group=RUN,
    )  # fmt: skip
    batch_size: int = setting(
        32, label="batch size", help="Pockets of one update; InfoNCE takes the other ligands of "
        "the batch for wrong answers, so one alone is none.", low=2, high=1024, group=RUN,
    )  # fmt: skip
    checkpoint_every: int = setting(
        100, label="checkpoint every", help="At most so much is lost when a run is killed.",
        unit="steps", low=1, high=10_000_000, group="Machine", shapes=False,
    )  # fmt: skip
    patience: int = setting(
        30, label="early stopping after",
        help="Evaluations without a better validation cosine loss after which the run ends; "
        "0: never. Real runs found a new best after up to 19 epochs of waiting.",
        unit="evaluations", low=0, high=1_000_000, group=RUN,
    )  # fmt: skip
    plateau_patience: int = setting(
        10, label="lower the rate after",
        help="Evaluations without a better validation cosine loss after which the learning rate "
        "is multiplied by the factor below; 0: never.",
        unit="evaluations", low=0, high=1_000_000, group=OPTIMISER,
    )  # fmt: skip
    loss_fn: str = setting(
        "cosine", label="loss", choices=LOSS_KINDS, group=LOSSES,
        help="cosine: 1 − similarity; mse: mean squared error over the dimensions; mix: both; "
        "info_nce: the right ligand among those of the batch, asked from both sides.",
    )  # fmt: skip
    cosine_weight: float = setting(
        0.7, label="weight of the cosine in the mix", help="The squared error has the rest.",
        low=0.0, high=1.0, group=LOSSES,
    )  # fmt: skip
    temperature: float = setting(
        0.07, label="temperature", help="Of InfoNCE: similarities are divided by it; the lower, "
        "the more the hardest wrong answers count.", low=0.001, high=100.0, group=LOSSES,
    )  # fmt: skip
    targets: dict[str, Band] = setting(  # noqa: RUF009 - makes a field, as field() does
        TARGETS, label="target shares", help="Wanted share of each term of the total loss.",
        unit="%", group=BALANCE, encode=encode_targets, decode=decode_targets,
    )  # fmt: skip
    ligands: int = setting(
        6000, label="synthetic pockets", help="How many real molecules get a synthetic pocket, "
        "where no structures are given.", low=30, high=20_000, group=DATA,
    )  # fmt: skip
    structures: str = setting(
        "", label="structures", help="Folder of complexes (PDB, mmCIF, BinaryCIF; also pairs "
        "X_rna.pdb and X_ligand.pdb). Empty: synthetic pockets.", group=DATA,
    )  # fmt: skip
    ligand: str = setting(
        "", label="ligand", help="Residue name of the ligand of real complexes, or several with "
        "commas between, of which the first that is there is taken. Empty: the largest residue "
        "that is no polymer and no additive.", group=DATA,
    )  # fmt: skip
    embeddings_path: str = setting(
        "", label="target embeddings", help="HDF5 file with a vector for each ligand. Empty: "
        "descriptors and fingerprints, projected.", group=DATA,
    )  # fmt: skip
    cutoff_angstrom: float = setting(
        6.0, label="pocket cut-off", help="A residue with an atom so near to the ligand belongs "
        "to the pocket of a real complex.", unit="Å", low=2.0, high=20.0, group=DATA,
    )  # fmt: skip
    split_seed: int = setting(
        0, label="seed of the data", help="Of the choice of molecules, their pockets and the "
        "split; the other seed leaves these alone.", low=0, high=2**31 - 1, group=DATA,
    )  # fmt: skip
    output_dim: int = setting(
        256, label="embedding size", help="Numbers of an embedding; where a file is given, as "
        "many as it has.", low=2, high=4096, group=MODEL,
    )  # fmt: skip
    width: int = setting(
        64, label="model width", help="Numbers that the model keeps for each atom.",
        low=8, high=512, group=MODEL,
    )  # fmt: skip
    layers: int = setting(
        3, label="rounds of messages", help="How often atoms hear from their neighbours.",
        low=1, high=12, group=MODEL,
    )  # fmt: skip
    neighbours: int = setting(
        12, label="neighbours", help="Nearest atoms that an atom hears from, within 6 Å.",
        low=1, high=64, group=MODEL,
    )  # fmt: skip
    output_dir: str = setting(
        "", label="output folder", help="Where training_history.json and the best checkpoint are "
        "copied; the run folder has them too.", group="Machine", shapes=False,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check every option on its own, then the paths."""
        super().__post_init__()
        terms = ("cosine", "mse", "info_nce")
        if self.solo and self.solo not in terms:
            raise InputError("solo", expected="one of " + ", ".join(terms), came=self.solo,
                             do="Change this option")  # fmt: skip
        resolve_path(self, "structures", "a folder that is there", Path.is_dir)
        resolve_path(self, "embeddings_path", "a file that is there", Path.is_file)
        resolve_path(self, "output_dir", "a folder, not a file", lambda path: not path.is_file())
