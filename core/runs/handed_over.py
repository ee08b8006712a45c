"""What a script hands to its logger, as plain values; tensors are read without torch."""

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.balance.term_metrics import term_metrics
from core.errors import InputError
from core.events import Plain

ROUNDING: Final = 1e-9  # of the total: how far below 0 a contribution still counts as 0


def plain_number(where: str, value: Any) -> float:
    """Read a number, or a tensor or array of one element; NaN and infinity are numbers.

    Args:
        where: Its name, for messages.
        value: What was handed over.

    Raises:
        InputError: It is no single number.

    Example:
        >>> plain_number("loss", np.float32(0.5)), plain_number("loss", np.array([2]))
        (0.5, 2.0)
    """
    try:
        if not isinstance(value, str):
            plain = _detached(value)
            return float(plain.item() if hasattr(plain, "item") else plain)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass
    shape = getattr(value, "shape", None)
    came = f"{type(value).__name__}" + (f" of shape {tuple(shape)}" if shape else "")
    raise InputError(where, expected="a number", came=came, do="Reduce it to one, as by .mean()")


def plain_array(where: str, value: Any) -> np.ndarray:
    """Read an array, a tensor on any device, or a list of numbers.

    Raises:
        InputError: It holds something else than numbers or text.
    """
    found = _detached(value)
    try:
        return np.asarray(found.cpu() if hasattr(found, "cpu") else found)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"array {where}", expected="numbers or text", came=str(error)[:80],
                         do="Convert it before it is recorded") from error  # fmt: skip


def plain_config(config: Mapping[str, Any]) -> dict[str, Plain]:
    """Give options as plain values: what JSON does not know, such as a path, as its text.

    Raises:
        InputError: Its names are no text, or it holds itself.

    Example:
        >>> plain_config({"lr": np.float64(0.1), "sizes": (1, 2)})
        {'lr': 0.1, 'sizes': [1, 2]}
    """
    try:
        return json.loads(json.dumps(dict(config), default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("configuration", expected="options by name", came=str(error)[:80],
                         do="Hand over plain values") from error  # fmt: skip


def named_terms(terms: Mapping[str, Any], weights: Mapping[str, Any]) -> dict[str, float]:
    """Name values, weights, contributions and shares of terms as training does.

    Of a sum with a negative contribution there are no shares.

    Args:
        terms: Mean of each over the batch, before its weight.
        weights: Factor of each; one that is not above 0 switches its term off.

    Raises:
        InputError: A value is no number, or a name stands on one side only.

    Example:
        >>> named_terms({"a": 3.0, "b": -1.0}, {"a": 1.0, "b": 0.5})["train/total_loss"]
        2.5
    """
    raw = {name: plain_number(f"term {name}", value) for name, value in terms.items()}
    factors = {name: plain_number(f"weight of {name}", value) for name, value in weights.items()}
    lacking = [name for name in raw if name not in factors]
    lacking += [name for name, factor in factors.items() if factor > 0 and name not in raw]
    if lacking:
        raise InputError("weights", expected="one for each of the terms " + ", ".join(raw),
                         came=", ".join(factors), do=f"Give term and weight of {lacking[0]}"
                         )  # fmt: skip
    values = term_metrics(raw, factors)
    added = [value for key, value in values.items() if key.endswith("/weighted")]
    if min(added, default=0.0) < -ROUNDING * sum(map(abs, added)):
        return {key: value for key, value in values.items() if not key.endswith("/share")}
    return values


def _detached(value: Any) -> Any:
    return value.detach() if hasattr(value, "detach") else value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return value.item() if getattr(value, "shape", None) == () else str(value)
