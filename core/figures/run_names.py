"""Names of runs as a chart can hold them: short, told apart, and shown as they were written."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import takewhile

MOST_LETTERS = 34


def short_names(names: Sequence[str], most: int = MOST_LETTERS) -> tuple[str, ...]:
    """Leave out the words that all names begin with, cut what is long, number what is the same.

    Example:
        >>> short_names(["Pockets, MSE, seed 0", "Pockets, MSE, seed 1", "Pockets, cosine"])
        ('MSE, seed 0', 'MSE, seed 1', 'cosine')
        >>> short_names(["own linear · 31bd", "own linear · 77aa"])
        ('linear · 31bd', 'linear · 77aa')
        >>> short_names(["run", "run"])
        ('run', 'run (2)')
    """
    words = [name.split() for name in names]
    shared = len(_shared(words)) if len(names) > 1 else 0
    shared = max(min([shared, *(len(own) - 1 for own in words)]), 0)
    if shared > 1 and words[0][shared - 1] == "·":
        shared -= 2  # "linear · 31bd": the end of an id says nothing alone, nor does a number
    elif shared and any(len(own) == shared + 1 and own[-1].isdigit() for own in words):
        shared -= 1  # "seed 1"
    short = [_cut(" ".join(own[shared:]), most) for own in words]
    seen: Counter[str] = Counter()
    told = []
    for name in short:
        seen[name] += 1
        told.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return tuple(told)


def group_name(names: Sequence[str]) -> str:
    """Name runs that differ in their seed by what their names begin with.

    Example:
        >>> group_name(["Pockets, MSE, seed 0", "Pockets, MSE, seed 1"])
        'Pockets, MSE'
    """
    name = " ".join(_shared([name.split() for name in names])).rstrip(" ,;:·-")
    return name.removesuffix("seed").rstrip(" ,;:·-") or names[0]


def chart_text(name: str) -> str:
    """Write a name so that plotly, which reads a little HTML, shows it letter by letter.

    Example:
        >>> chart_text("a <b>bold</b> run")
        'a &lt;b&gt;bold&lt;/b&gt; run'
    """
    return escape(name, quote=False)


def _shared(words: Sequence[Sequence[str]]) -> list[str]:
    """Give the words with which all begin."""
    same = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    return [column[0] for column in same]


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
