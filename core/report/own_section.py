"""A section of one's own claims, each judged by its runs as they are now."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.claims.named_runs import resolved
from core.claims.own import OwnClaim
from core.claims.own_files import own_claims
from core.claims.own_reading import judge_own
from core.claims.own_words import statement, written_reason, written_verdict
from core.errors import CoreError
from core.report.blocks import Block, Cell, Said, Table, shortened
from core.report.material import Material


def own_blocks(values: Mapping[str, Any], material: Material) -> Iterator[Block]:
    """Cite one's own claims with value, interval and verdict."""
    try:
        known = {claim.name: claim for claim in own_claims()}
    except CoreError as error:
        yield Said(str(error), is_warning=True)
        return
    chosen = list(dict.fromkeys(values["claims"]))
    for name in chosen:
        if name not in known:
            yield Said(f"The claim {shortened(name)} is gone: it was removed after it was chosen.",
                       is_warning=True)  # fmt: skip
    if not chosen:
        yield Said("No claim is chosen." if known else "There is no claim of your own yet: say one "
                   "on the page Claims.", is_warning=bool(known))  # fmt: skip
    rows = tuple(_row(known[name], material) for name in chosen if name in known)
    if rows:
        columns = ("Claim", "Statement", "Verdict", "Value", "Interval", "n", "Why")
        yield Table("own-claims", "Own claims with what was measured and the verdict.", columns,
                    rows)  # fmt: skip


def runs_of_claims(names: Sequence[str], material: Material) -> tuple[str, ...]:
    """List the runs that some of one's own claims rest on and that are there."""
    try:
        known = {claim.name: claim for claim in own_claims()}
    except CoreError:  # the section says so
        return ()
    told = (resolved(known[name], material.rows.values()) for name in names if name in known)
    runs = (run for claim in told for run in (*claim.runs, *claim.against))
    return tuple(run for run in dict.fromkeys(runs) if run in material.rows)


def _row(claim: OwnClaim, material: Material) -> tuple[Cell, ...]:
    told, found = judge_own(claim, material.rows, material.read)
    return (claim.name, statement(claim), found.verdict, *written_verdict(told, found),
            written_reason(claim, told, found))  # fmt: skip
