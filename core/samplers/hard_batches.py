"""The batches of an epoch, hard or random, whole or shared among ranks.

An epoch is built whole from (seed, epoch) by a numpy generator: nothing here is a tensor, and the
same numbers come out whatever torch has drawn before. So resuming in the middle of an epoch is
slicing, and every rank builds the same epoch and takes its own part. That takes the same table of
neighbours on every rank: share the file of `cached_neighbours`. Where ranks run on processors of
different kinds, the top-up may round differently: let one rank draw and send the record.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int32

from core.errors import InputError
from core.samplers.epoch import Epoch
from core.samplers.options import BatchOptions, is_hard_epoch
from core.samplers.planned import planned_epoch, random_epoch
from core.samplers.pool import Pool
from core.samplers.sequential import sequential_epoch


def draw_epoch(pool: Pool, options: BatchOptions, epoch: int) -> Epoch:
    """Draw the batches of an epoch.

    Hard where `is_hard_epoch` says so. In a hard epoch a batch holds its pivot, up to
    `hard_slots` near neighbours and a random rest; what an option refuses is never a hard member,
    but may come by chance in the rest. Labels are kept apart in the whole batch, in random epochs
    too, as far as exchanges can do it.

    Args:
        pool: What is drawn from; the neighbours' k must be at least `hardness_k`.
        options: See `BatchOptions`.
        epoch: Counted from 0.

    Raises:
        InputError: The batch is larger than the data, or the neighbours do not serve.

    Example:
        >>> epoch = draw_epoch(Pool(items=5), BatchOptions(hard_ratio=0.0, batch_size=2), 0)
        >>> epoch.sizes.tolist(), sorted(epoch.members[epoch.members >= 0].tolist())
        ([2, 3], [0, 1, 2, 3, 4])
    """
    if epoch < 0:
        raise InputError("epoch", expected="0 or more", came=f"{epoch}", do="Count from 0")
    generator = np.random.default_rng([options.seed, epoch])
    if not is_hard_epoch(options, epoch):
        return random_epoch(pool, options, epoch, generator)
    _check_neighbours(pool, options)
    draw = planned_epoch if options.method == "planned" else sequential_epoch
    return draw(pool, options, epoch, generator)


def _check_neighbours(pool: Pool, options: BatchOptions) -> None:
    if pool.neighbours is None or pool.embeddings is None:
        raise InputError("hard negatives", expected="neighbours and the embeddings they are of",
                         came="none", do="Search neighbours, or switch them off")  # fmt: skip
    if pool.neighbours.k < options.hardness_k:
        raise InputError(
            "hardness_k",
            expected=f"at most the {pool.neighbours.k} neighbours that were searched",
            came=f"{options.hardness_k}",
            do="Choose a smaller one, or search more neighbours",
        )


def part_of_rank(
    epoch: Epoch, rank: int, ranks: int, start: int = 0
) -> list[Int32[np.ndarray, " size"]]:
    """Give one rank's batches: every `ranks`-th, so that each rank has as many.

    Batches beyond a multiple of `ranks`, at the end of the epoch, go to nobody, as no item may
    come twice. A shorter last batch is kept where the numbers come out even.

    Args:
        epoch: The whole epoch, the same on every rank.
        rank: This one, from 0.
        ranks: How many there are.
        start: How many batches this rank has done already.

    Raises:
        InputError: The rank is not one of them, or there are fewer batches than ranks.
    """
    if not 0 <= rank < ranks:
        raise InputError("rank", expected=f"0 to {ranks - 1}", came=f"{rank}",
                         do="Number the ranks from 0")  # fmt: skip
    batches = epoch.batches()
    if len(batches) < ranks:
        raise InputError("ranks", expected=f"at most the {len(batches)} batches of an epoch",
                         came=f"{ranks}", do="Use fewer, or smaller batches")  # fmt: skip
    return batches[rank : len(batches) // ranks * ranks : ranks][start:]


class HardNegativeBatches:
    """Batches in the form that torch's `DataLoader` takes as `batch_sampler`.

    An iteration gives one epoch; `set_epoch` says which, as with `DistributedSampler`. The record
    of that epoch is at `drawn`.

    Args:
        pool: See `draw_epoch`.
        options: The same.
        rank: This process, from 0.
        ranks: How many processes share an epoch.
    """

    def __init__(self, pool: Pool, options: BatchOptions, *, rank: int = 0, ranks: int = 1) -> None:
        self._pool, self._options, self._rank, self._ranks = pool, options, rank, ranks
        self.set_epoch(0)

    def set_epoch(self, epoch: int, *, start: int = 0) -> None:
        """Draw an epoch, to be begun at a batch of this rank's: 0, or further after a resume.

        Raises:
            InputError: See `draw_epoch` and `part_of_rank`.
        """
        self.drawn = draw_epoch(self._pool, self._options, epoch)
        self._part = part_of_rank(self.drawn, self._rank, self._ranks, start)

    def __len__(self) -> int:
        """How many batches an iteration gives."""
        return len(self._part)

    def __iter__(self) -> Iterator[list[int]]:
        """Give the items of each batch."""
        for batch in self._part:
            yield batch.tolist()
