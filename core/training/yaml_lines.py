"""YAML of plain values, each written out, and where in the text they stand."""

from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from core.training.plain_values import Locate, Path, refuse

LONGEST_NUMBER = 1_000
# What the constructors of SafeLoader let through for `!!int ""`, `!!bool x`, `!!timestamp x` and
# a time zone that leads out of the calendar.
CONSTRUCTOR_ERRORS = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
TEXT_TAG = "tag:yaml.org,2002:str"


class PlainLoader(yaml.SafeLoader):
    """A safe loader whose every error is marked, and that refuses aliases and merge keys.

    Aliases let a text of 300 bytes unfold to hundreds of megabytes, so they end the reading
    before anything is constructed.
    """

    # The stubs call the index a number; it is the key's node in a mapping, and None for a key.
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node; an alias is an error."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            problem = f"an alias, *{event.anchor[:40]}, where the value itself must stand"
            raise ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse a merge key; there is nothing else to flatten."""
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise _marked("a merge key, <<, where the keys themselves must stand", key)
        super().flatten_mapping(node)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        """Construct a value; an error of its text carries the place."""
        is_text = node.tag == TEXT_TAG or not isinstance(node, yaml.ScalarNode)
        # Numbers in base 60, 1:30:00, take time that grows with the square of their length.
        if not is_text and len(node.value) > LONGEST_NUMBER:
            raise _marked(f"a number of {len(node.value):,} characters", node)
        try:
            return super().construct_object(node, deep=deep)
        except CONSTRUCTOR_ERRORS as error:
            kind = node.tag.rpartition(":")[2]
            raise _marked(f"{str(node.value)[:40]!r}, which is no {kind}", node) from error


def _marked(problem: str, node: yaml.Node) -> ConstructorError:
    return ConstructorError(None, None, problem, node.start_mark)


def load_plain(text: str) -> tuple[yaml.Node | None, object]:
    """Read a text of one document: its nodes, which know their lines, and its plain values.

    Raises:
        yaml.YAMLError: The text is not YAML, or holds an alias, a merge key or a foreign tag.
        RecursionError: It is nested too deeply.
    """
    loader = PlainLoader(text)
    try:
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


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
        seen: set[str] = set()
        for key in (str(key.value) for key, _ in node.value):
            if key in seen:
                refuse(locate((*path, key)), "each key once", f"{key[:40]} twice")
            seen.add(key)
    if path in ((), ("stages",)) or (len(path) == 2 and path[0] == "stages"):
        names = ["stages"] if not path else ["weights"]
        below = range(len(node.value)) if isinstance(node, yaml.SequenceNode) else names
        for key in below:
            refuse_doubles(_child(node, key), (*path, key), locate)
