"""What a new section begins with, so that it shows something at once."""

from core.claims.own_files import own_claims
from core.errors import CoreError
from core.events import Plain
from core.problems.main_metric import main_metric
from core.report.draft import Section
from core.report.material import Material
from core.runs.index import RunRow

COMPARED = 3
FIRST_CLAIMS = ("S1-01", "S2-04", "S2-22")


def suggest_section(kind: str, material: Material) -> Section:
    """Give a section of a kind about the newest runs: own ones before samples."""
    whole = (row for row in material.rows.values() if row.metrics and not row.is_archived)
    rows = sorted(whole, key=lambda row: row.is_sample)
    newest = rows[:1]
    alike = [row for row in rows if newest and row.experiment == newest[0].experiment][:COMPARED]
    ids: list[Plain] = [row.id for row in alike]
    options: dict[str, dict[str, Plain]] = {
        "text": {"text": "Write here."},
        "run": {"run": newest[0].id if newest else ""},
        "compare": {"runs": ids, "metrics": _metrics(newest)},
        "table": {"runs": ids, "metrics": _metrics(newest)},
        "findings": {"runs": ids[:1]},
        "claims": {"claims": list(FIRST_CLAIMS)},
        "own claims": {"claims": list(_own_names())},
    }
    return Section(kind, "", options.get(kind, {}))


def _own_names() -> list[str]:
    try:
        return [claim.name for claim in own_claims()]
    except CoreError:  # the section says what is wrong
        return []


def _metrics(newest: list[RunRow]) -> list[Plain]:
    return [main_metric(row.experiment, row.metrics) for row in newest]
