"""The configuration that a trainer wrote beside its log."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from core.events import Plain

HPARAMS: Final = "hparams.yaml"  # written by Lightning's loggers
MOST_BYTES: Final = 1_000_000
MOST_VALUES: Final = 5_000


class _PlainLoader(yaml.SafeLoader):
    """Reads objects of Python as the plain values they are written with; makes none."""


def _plain_node(loader: _PlainLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


_PlainLoader.add_multi_constructor("tag:yaml.org,2002:python/", _plain_node)


def read_hparams(folder: Path) -> dict[str, Plain]:
    """Read hparams.yaml of a folder; nothing where there is none, or none that can be read."""
    told = read_yaml(folder / HPARAMS)
    return plain_config(told)


def read_yaml(path: Path) -> dict[Any, Any]:
    """Read a small file of YAML that holds a mapping; empty where there is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        # A child of SafeLoader: it makes no objects.
        told = yaml.load(path.read_text(encoding="utf-8"), _PlainLoader)
    except (OSError, ValueError, yaml.YAMLError, RecursionError, TypeError):
        return {}
    return told if isinstance(told, dict) else {}


def plain_config(told: Mapping[Any, Any]) -> dict[str, Plain]:
    """Turn options into plain values; empty where they are more than 5,000, as of a YAML bomb.

    Example:
        >>> plain_config({"lr": 0.1, 3: (1, None), "loss": {"weight": True}})
        {'lr': 0.1, '3': [1, None], 'loss': {'weight': True}}
    """
    left = [MOST_VALUES]

    def plain(value: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise OverflowError
        if isinstance(value, Mapping):
            return {str(key): plain(one) for key, one in value.items()}
        if isinstance(value, list | tuple | set):
            return [plain(one) for one in value]
        return value if value is None or isinstance(value, bool | int | float | str) else str(value)

    try:
        return {str(key): plain(value) for key, value in told.items()}
    except (OverflowError, RecursionError):
        return {}
