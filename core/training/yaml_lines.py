"""Where values stand in a YAML text: line numbers, and keys that stand twice."""

import yaml

from core.training.plain_values import Locate, Path, refuse


def line_of(root: yaml.Node | None, path: Path) -> int:
    """Find the line of a value; of the nearest thing around it where it is missing."""
    node, line = root, 1
    for key in (None, *path):
        if key is not None:
            node = _child(node, key)
        if node is None:
            return line
        line = node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None


def refuse_doubles(node: yaml.Node | None, path: Path, locate: Locate) -> None:
    """Refuse a key that stands twice, of which YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        keys = [str(key.value) for key, _ in node.value]
        if doubled := [key for key in keys if keys.count(key) > 1]:
            refuse(locate((*path, doubled[0])), "each key once", f"{doubled[0][:40]} twice")
    if path in ((), ("stages",)) or (len(path) == 2 and path[0] == "stages"):
        names = ["stages"] if not path else ["weights"]
        below = range(len(node.value)) if isinstance(node, yaml.SequenceNode) else names
        for key in below:
            refuse_doubles(_child(node, key), (*path, key), locate)
