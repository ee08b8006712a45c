import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from core.figures.theme import PALETTES
from core.report.blocks import cell_text, csv_text
from core.report.draft import Draft, Section
from core.report.html import file_name, origin, report_html
from core.report.material import Material
from core.report.sample import AS_WRITTEN, FOLLOWING
from tests.core.report.reading import Page

MOST_MB = 8
EVIL = "<script>alert(1)</script>\"'><img src=http://a.example/x.png onerror=alert(2)>"
LOADING = {"src", "srcset", "poster", "background", "action", "formaction", "data", "xlink:href"}


def numbers(values: object) -> np.ndarray:
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return np.array(values, dtype=float)


def loaded(page: Page) -> list[str]:
    """Every address that a browser would fetch by itself."""
    found = [told[name] for _, told in page.tags for name in LOADING & told.keys()]
    found += [told["href"] for told in page.named("link")]
    style = re.search(r"<style>(.*?)</style>", page.html, re.DOTALL)
    assert style
    return found + re.findall(r"@import[^;]*|url\([^)]*\)", style.group(1))


def test_nothing_is_loaded_and_the_policy_forbids_it(sample):
    assert loaded(sample.page) == []
    (policy,) = [m["content"] for m in sample.page.named("meta") if "http-equiv" in m]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert not any(tag in {"iframe", "object", "embed", "base", "form"} for tag, _ in
                   sample.page.tags)  # fmt: skip


def test_plotly_is_there_once(sample):
    assert sample.html.count(get_plotlyjs()[:2_000]) == 1
    without = Page(report_html(Draft("Words"), Material({})))
    assert get_plotlyjs()[:2_000] not in without.html
    assert without.charts == []


def test_charts_hold_what_their_records_hold(sample):
    charts = [chart for one in sample.built for chart in one.charts]
    assert len(sample.page.charts) == len(charts) == 2
    for told, chart in zip(sample.page.charts, charts, strict=True):
        record = getattr(chart.record, "figure", chart.record)
        curves = [curve for panel in record.panels for curve in panel.curves]
        lines = [t for t in told["figure"]["data"] if "hovertemplate" in t and t["x"] != [None]]
        assert len(lines) == len(curves)
        for line, curve in zip(lines, curves, strict=True):
            np.testing.assert_array_equal(numbers(line["x"]), curve.x)
            finite = np.where(np.isfinite(curve.y), curve.y, np.nan)
            np.testing.assert_array_equal(numbers(line["y"]), finite)


def test_the_run_of_a_chart_is_the_recorded_run(sample):
    """By hand: the last accuracies of the two runs are the last points of the first chart."""
    first = sample.page.charts[0]["figure"]["data"]
    ends = [numbers(trace["y"])[-1] for trace in first[:4]]
    rows = [sample.material.rows[run] for run in (FOLLOWING, AS_WRITTEN)]
    accuracy = [100 * row.metrics["val_easy/residue_accuracy"].last for row in rows]
    assert any(np.allclose(ends[i::2], accuracy) or np.allclose(ends[i : i + 2], accuracy)
               for i in range(2))  # fmt: skip


def test_the_dark_patch_makes_the_dark_figure(sample):
    charts = [chart for one in sample.built for chart in one.charts]
    for told, chart in zip(sample.page.charts, charts, strict=True):
        patched = json.loads(json.dumps(told["figure"]))
        for path, value in told["dark"]:
            inner = patched
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
        assert patched == json.loads(chart.figure(PALETTES["dark"]).to_json())
        assert patched != told["figure"]
        assert not any("bdata" in path for path, _ in told["dark"])


def test_tables_are_their_csv(sample):
    tables = [table for one in sample.built for table in one.tables]
    assert len(tables) == 5
    assert list(sample.page.files.values()) == sample.page.tables
    for shown, table in zip(sample.page.tables, tables, strict=True):
        assert shown[0] == list(table.columns)
        assert shown[1:] == [[cell_text(cell) for cell in row] for row in table.rows]
        assert csv_text(table).count("\n") >= len(table.rows) + 1


def test_every_chart_can_be_saved_and_has_a_text(sample):
    for told in [t for t in sample.page.named("div") if t.get("class") == "chart"]:
        assert len(told["aria-label"]) > 20
        kinds = {b["data-save"] for b in sample.page.named("button") if b.get("data-of") ==
                 told["id"]}  # fmt: skip
        assert kinds == {"svg", "png"}


def test_samples_are_called_samples(sample):
    assert "2 runs, 2 of them samples" in origin(sample.draft, sample.material)
    assert "2 of them samples" in sample.page.text
    assert "Trained on synthetic spectra" in sample.page.text


def test_ten_charts_stay_below_the_bound(sample):
    runs = [run for run, row in sample.material.rows.items() if row.experiment == "peptide"]
    sections = [Section("run", "", {"run": runs[n % len(runs)]}) for n in range(5)]
    metrics = [key for key in sample.material.rows[FOLLOWING].metrics if key[:5] == "train"][:4]
    sections += [Section("compare", "", {"runs": runs, "metrics": metrics, "half_life": 50.0})] * 5
    html = report_html(Draft("Ten", sections=tuple(sections)), sample.material)
    assert len(Page(html).charts) == 10
    assert len(html.encode()) < MOST_MB * 1e6


@pytest.mark.parametrize("text", [EVIL, "x" * 10_000, "a\nb\tc", "🧪 \u202e λ", ""])
def test_text_of_users_is_shown_and_never_run(sample, text):
    row = replace(sample.material.rows[FOLLOWING], name=text or "none", tags=(text,), note=text)
    material = Material({FOLLOWING: row})
    options = {"runs": [FOLLOWING, text], "metrics": ["val_easy/residue_accuracy", text]}
    draft = Draft(text, text, (
        Section("text", text, {"text": text}),
        Section("compare", text, options), Section("table", text, options),
        Section("findings", "", {"runs": [FOLLOWING]}), Section("claims", "", {"claims": [text]}),
        Section("side chains", "", {"before": text}), Section("run", "", {"run": FOLLOWING}),
    ))  # fmt: skip
    page = Page(report_html(draft, material))
    scripts = [told for told in page.named("script") if "data-chart" not in told]
    assert len(scripts) == 3
    assert all("alert(1)" not in script for script in page.scripts)
    assert loaded(page) == []
    assert not page.named("img")
    assert not any(name.startswith("on") for _, told in page.tags for name in told)
    if text == EVIL:
        assert "<script>alert(1)</script>" in page.text


def test_a_report_of_nothing_is_a_report():
    page = Page(report_html(Draft(""), Material({})))
    assert "0 runs" in page.text
    assert "Reproduce" in page.text
    assert page.named("title")


def test_the_name_of_the_file_is_safe_everywhere():
    assert file_name(Draft("../../etc/passwd\x00 <b>")) == "etc-passwd-b.html"
    assert file_name(Draft("…")) == "report.html"
    assert len(file_name(Draft("x" * 10_000))) < 80
