"""Options of a pocket run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.balance.shares import Band
from core.problems import shared_options as shared
from core.problems.shared_options import DATA, LOSSES, MODEL, refuse
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
    steps: int = shared.steps_or_epochs()
    eval_every: int = shared.evaluations()
    batch_size: int = setting(
        32, label="batch size", help="Pockets of one update; InfoNCE takes the other ligands of "
        "the batch for wrong answers, so one alone is none.", low=2, high=1024, group=RUN,
    )  # fmt: skip
    checkpoint_every: int = shared.checkpoints(100)
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
    structures: str = shared.structure_folder(
        "complexes (PDB, mmCIF, BinaryCIF; also pairs X_rna.pdb and X_ligand.pdb)",
        "synthetic pockets",
    )
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
    split_seed: int = shared.data_seed("the choice of molecules, their pockets")
    output_dim: int = setting(
        256, label="embedding size", help="Numbers of an embedding; where a file is given, as "
        "many as it has.", low=2, high=4096, group=MODEL,
    )  # fmt: skip
    width: int = shared.hidden_width(64, "each atom")
    layers: int = setting(
        3, label="rounds of messages", help="How often atoms hear from their neighbours.",
        low=1, high=12, group=MODEL,
    )  # fmt: skip
    neighbours: int = setting(
        12, label="neighbours", help="Nearest atoms that an atom hears from, within 6 Å.",
        low=1, high=64, group=MODEL,
    )  # fmt: skip
    output_dir: str = shared.output_folder("training_history.json and the best checkpoint are")

    def __post_init__(self) -> None:
        """Check every option on its own, then the paths."""
        super().__post_init__()
        terms = ("cosine", "mse", "info_nce")
        if self.solo and self.solo not in terms:
            refuse("solo", "one of " + ", ".join(terms), self.solo)
        resolve_path(self, "structures", "a folder that is there", Path.is_dir)
        resolve_path(self, "embeddings_path", "a file that is there", Path.is_file)
        resolve_path(self, "output_dir", "a folder, not a file", lambda path: not path.is_file())
