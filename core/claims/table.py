"""Write the verdicts into the table of docs/claims.md: `python -m core.claims.table`.

What an earlier pass over the notes found, and why ours differs, is typed there and stays.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from core.claims.claim import Judged
from core.claims.inputs import DEFAULT
from core.claims.judge import judge
from core.claims.ledger import note_claims
from core.claims.results import recompute
from core.errors import InputError

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "claims.md"
START, END = "<!-- verdicts: start -->", "<!-- verdicts: end -->"
HEAD: Final = "| claim | our verdict | earlier verdict | why they differ |\n|---|---|---|---|"


def in_words(judged: Judged) -> str:
    """Write a verdict with the conditions under which it holds.

    Example:
        >>> from dataclasses import replace
        >>> from core.claims.judge import judge
        >>> from core.claims.ledger import find_claim
        >>> in_words(replace(judge(find_claim("S0-01"), None), verdict="holds"))
        'holds'
    """
    under = "; ".join(judged.holds_if)
    return f"{judged.verdict}: {under}" if under else judged.verdict


def read_typed(text: str) -> dict[str, tuple[str, str, str]]:
    """Read our verdict, the earlier one and the explanation of each row.

    Raises:
        InputError: The table is not there.
    """
    if not (START in text and END in text):
        raise InputError("docs/claims.md", expected=f"a table between {START} and {END}",
                         came="none", do="Restore the two marks")  # fmt: skip
    rows = text.split(START)[1].split(END, maxsplit=1)[0].strip().splitlines()[2:]
    cells = ([cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows)
    return {name: (ours, earlier, why) for name, ours, earlier, why in cells}


def write_verdicts(text: str, verdicts: Mapping[str, str]) -> str:
    """Put verdicts into the table; those that are typed stay, rows come in the given order."""
    typed = read_typed(text)
    rows = []
    for name, ours in verdicts.items():
        _, earlier, why = typed.get(name, ("", "", ""))
        rows.append(f"| {name} | {ours} | {earlier} | {why} |")
    before, after = text.split(START, maxsplit=1)[0], text.split(END)[1]
    return "\n".join([f"{before}{START}", HEAD, *rows, f"{END}{after}"])


def main(document: Path = DOCUMENT) -> None:
    """Recompute every claim with the default inputs, and write the verdicts."""
    judged = (judge(claim, recompute(claim.claim_id, DEFAULT)) for claim in note_claims())
    verdicts = {one.claim.claim_id: in_words(one) for one in judged}
    text = document.read_text(encoding="utf-8")
    document.write_text(write_verdicts(text, verdicts), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
