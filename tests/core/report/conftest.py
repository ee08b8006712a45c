"""The sample report, built once."""

from dataclasses import dataclass

import pytest

from core.report.blocks import Built
from core.report.draft import Draft
from core.report.html import build_report, report_html
from core.report.material import Material, all_material
from core.report.sample import SAMPLE
from tests.core.report.reading import Page


@dataclass(frozen=True)
class Whole:
    draft: Draft
    material: Material
    built: tuple[Built, ...]
    html: str
    page: Page


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSOSCOPE_HOME", str(tmp_path_factory.mktemp("report")))
        material = all_material()
        built = build_report(SAMPLE, material)
        html = report_html(SAMPLE, material, built)
    return Whole(SAMPLE, material, built, html, Page(html))
