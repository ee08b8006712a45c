"""The names that other trainers give to what `core.metrics` knows, and names made harmless.

A name is compared in lower case, with "_" for every run of other signs: "Loss/train",
"train-loss" and "train loss" are one.
"""

import hashlib
import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Final

from core.metrics import canonical_key

LONGEST: Final = 120  # letters of a name
OPTIMISERS: Final = ("adam", "adamw", "sgd", "rmsprop", "adafactor", "lion")
RATES: Final = ("lr", "learning_rate")

# Our key, and what others write for it.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "train/total_loss": (
        "loss", "total_loss", "train_loss", "train_total_loss", "loss_train", "training_loss",
        "train_loss_step", "loss_step",
    ),
    "val/total_loss": (
        "val_loss", "val_total_loss", "loss_val", "valid_loss", "loss_valid", "validation_loss",
        "loss_validation", "eval_loss", "loss_eval", "dev_loss",
    ),
    "train/learning_rate": (
        *RATES, *(f"train_{rate}" for rate in RATES),
        *(f"{rate}_{optimiser}" for rate in RATES for optimiser in OPTIMISERS),
    ),
    "train/gradient_norm": (
        "grad_norm", "gradient_norm", "train_grad_norm", "train_gradient_norm", "grad_norm_total",
        "grad_2_0_norm_total",
    ),
    "train/mse_loss": ("mse", "mse_loss", "train_mse", "train_mse_loss", "mse_train"),
    "val/mse_loss": ("val_mse", "val_mse_loss", "mse_val", "valid_mse", "eval_mse"),
    "train/cosine_loss": ("cosine_loss", "train_cosine_loss"),
    "val/cosine_loss": ("val_cosine_loss", "eval_cosine_loss"),
    "train/avg_cosine_similarity": ("train_cosine_similarity", "train_cosine_sim"),
    "val/avg_cosine_similarity": (
        "val_cosine_similarity", "val_cosine_sim", "val_avg_cosine_similarity", "val_cos_sim",
        "cosine_similarity", "avg_cosine_similarity",
    ),
    "val/mrr": ("mrr", "val_mrr", "mrr_val", "eval_mrr"),
    "val/recall_at_1": ("r_1", "val_r_1", "recall_1", "val_recall_1", "val_recall_at_1", "hits_1"),
    "val/recall_at_5": ("r_5", "val_r_5", "recall_5", "val_recall_5", "val_recall_at_5", "hits_5"),
    "val/recall_at_10": (
        "r_10", "val_r_10", "recall_10", "val_recall_10", "val_recall_at_10", "hits_10",
    ),
    "epoch": ("epoch", "epochs", "train_epoch", "trainer_epoch", "current_epoch"),
}  # fmt: skip
_KEYS: Final = {other: key for key, others in NAMES.items() for other in others}


def normal_form(name: str) -> str:
    """Write a name as it is compared.

    Example:
        >>> normal_form("Loss/train"), normal_form("lr-AdamW"), normal_form("_step"), normal_form("R@1")
        ('loss_train', 'lr_adamw', 'step', 'r_1')
    """  # noqa: E501 - a doctest compares whole lines
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def known_key(name: str) -> str:
    """Give our key for a name of others; any other name stays as it is, made harmless.

    Example:
        >>> known_key("loss_val"), known_key("train/ce_final"), known_key("val/accuracy")
        ('val/total_loss', 'train/ce/raw', 'val/accuracy')
    """
    return _KEYS.get(normal_form(name)) or canonical_key(limited(name))


def harmonised(names: Iterable[str]) -> dict[str, str]:
    """Give each name its key; where two would share one, the later keeps its own name.

    Example:
        >>> harmonised(["train_loss", "loss", "epoch"])
        {'train_loss': 'train/total_loss', 'loss': 'loss', 'epoch': 'epoch'}
    """
    taken: set[str] = set()
    keys: dict[str, str] = {}
    for name in names:
        numbered = (f"{limited(name)} ({number})" for number in count(2))
        choices = chain((known_key(name), limited(name)), numbered)
        keys[name] = next(choice for choice in choices if choice not in taken)
        taken.add(keys[name])
    return keys


def limited(name: str) -> str:
    r"""Make a name harmless: one line that can be encoded, of at most 120 letters.

    A longer one is cut and marked, so that two that begin alike stay two. Signs of HTML stay as
    they are: a name is data, and is escaped where it is shown.

    Example:
        >>> limited("loss\n\x00"), limited(" "), len(limited("a" * 10_000))
        ('loss', 'unnamed', 120)
    """
    plain = name.encode(errors="replace").decode()
    line = " ".join("".join(c if c.isprintable() else " " for c in plain[: 4 * LONGEST]).split())
    if len(plain) <= LONGEST:
        return line or "unnamed"
    mark = hashlib.sha256(plain.encode()).hexdigest()[:7]
    return f"{line[: LONGEST - 8]}…{mark}"
