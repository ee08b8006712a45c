"""What recomputes a claim: a function of the inputs, with what it reads and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass

from core.claims.claim import Recomputed
from core.claims.inputs import Inputs


@dataclass(frozen=True)
class Recipe:
    """A function that recomputes a claim.

    It is given no claim, so it cannot know what was reported.

    Args:
        function: From inputs to values.
        reads: Fields of `Inputs` that name files it reads, for the key of the cache.
        seconds: What its quick form costs on two cores, where above 1.
        full_seconds: What it costs with `quick=False`; 0 where there is no longer form.
    """

    function: Callable[[Inputs], Recomputed]
    reads: tuple[str, ...] = ()
    seconds: float = 0.0
    full_seconds: float = 0.0
