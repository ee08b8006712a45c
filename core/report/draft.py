"""A draft of a report: a title and sections in an order; data, and how it is rearranged."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.events import Plain


@dataclass(frozen=True)
class Section:
    """One section.

    Args:
        kind: A name of `core.report.kinds.SECTIONS`.
        title: Its heading; empty: that of its kind.
        options: What its kind asks for; what is not there takes its default.
    """

    kind: str
    title: str = ""
    options: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A report before it is made: what stands in it, not what comes out."""

    title: str
    author: str = ""
    sections: tuple[Section, ...] = ()


def with_section(draft: Draft, section: Section, at: int | None = None) -> Draft:
    """Put a section in the place of another one, or at the end."""
    if at is None:
        return replace(draft, sections=(*draft.sections, section))
    changed = list(draft.sections)
    changed[at] = section
    return replace(draft, sections=tuple(changed))


def without_section(draft: Draft, at: int) -> Draft:
    """Remove a section."""
    return replace(draft, sections=draft.sections[:at] + draft.sections[at + 1 :])


def with_moved(draft: Draft, at: int, by: int) -> Draft:
    """Move a section up (-1) or down (1); one at the end stays.

    Example:
        >>> draft = Draft("t", sections=(Section("text"), Section("run"), Section("table")))
        >>> [section.kind for section in with_moved(draft, 2, -1).sections]
        ['text', 'table', 'run']
    """
    order = list(draft.sections)
    moved = order.pop(at)
    order.insert(min(max(at + by, 0), len(order)), moved)
    return replace(draft, sections=tuple(order))
