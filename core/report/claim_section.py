"""A section of claims of the notes, each with what was recomputed and its verdict."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from core.claims.claim import Claim, Compared, Judged
from core.claims.judge import judge
from core.claims.ledger import find_claim
from core.claims.registry import RECOMPUTE
from core.claims.results import is_kept, recompute
from core.errors import CoreError, InputError
from core.report.blocks import Block, Cell, Said, Table, rounded, shortened
from core.report.material import Material

LONG_S: Final = 5.0  # what takes longer is recomputed on the page of claims, not here
WAITING: Final = "not recomputed yet"


def claims_blocks(values: Mapping[str, Any], material: Material) -> Iterator[Block]:
    """Cite claims with their verdicts, recomputed from what comes with the dashboard."""
    del material
    chosen: list[Claim] = []
    for claim_id in dict.fromkeys(values["claims"]):
        try:
            chosen.append(find_claim(claim_id))
        except InputError:
            yield Said(f"There is no claim {shortened(claim_id)} in the ledger.", is_warning=True)
    if not values["claims"]:
        yield Said("No claim is chosen.", is_warning=True)
    if not chosen:
        return
    rows = tuple(_row(claim) for claim in chosen)
    columns = ("Claim", "Statement", "Reported", "Verdict", "Recomputed", "From", "Said in")
    yield Table("claims", "Claims of the notes with what was recomputed and the verdict.", columns,
                rows)  # fmt: skip
    if any(row[3] == WAITING for row in rows):
        yield Said("What takes long is recomputed on the page Claims, and stands here then.")


def _row(claim: Claim) -> tuple[Cell, ...]:
    told, verdict, source = None, WAITING, ""
    try:
        if _is_quick(claim):
            found = recompute(claim.claim_id)
            source = found.source if found else ""
            told = judge(claim, found)
            verdict = _in_words(told)
    except CoreError as error:
        verdict = f"not checkable here: {error}"
    numbers = "; ".join(map(_compared, told.compared)) if told else ""
    return (claim.claim_id, claim.text, claim.reported, verdict, numbers, source,
            f"{claim.note}, {claim.line}")  # fmt: skip


def _is_quick(claim: Claim) -> bool:
    recipe = RECOMPUTE.get(claim.claim_id)
    return recipe is None or recipe.seconds <= LONG_S or is_kept(claim.claim_id)


def _in_words(told: Judged) -> str:
    reasons = told.holds_if if told.verdict == "holds if" else filter(None, (told.why,))
    return ": ".join(filter(None, (told.verdict, "; ".join(reasons))))


def _compared(one: Compared) -> str:
    """Write a recomputed number with its interval."""
    name = one.check.key.replace("_", " ")
    if one.value is None:
        return f"{name}: –"
    value, unit = one.value, one.value.unit
    if unit == "yes":
        return f"{name}: {'yes' if value.value else 'no'}"
    interval = f" ({rounded(value.low):g} to {rounded(value.high):g})" if value.has_interval else ""
    return f"{name}: {rounded(value.value):g}{interval} {'' if unit == '1' else unit}".rstrip()
