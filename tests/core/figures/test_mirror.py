import numpy as np
import pytest

from core.figures.mirror import MirrorPlot, draw_mirror, visible_labels
from core.figures.theme import PALETTES


def record(**changes) -> MirrorPlot:
    values = {
        "series": ("b", "y"),
        "predicted_mz": np.array([200.0, 300.0, 400.0]),
        "predicted_series": np.array([0, 1, 1]),
        "predicted_label": ("b2", "y2", "y3"),
        "error_ppm": np.array([1.5, -2.5, np.nan]),
        "observed_mz": np.array([200.0, 250.0, 300.0]),
        "observed_intensity": np.array([0.5, 0.1, 1.0]),
        "observed_matched": np.array([True, False, True]),
        "matched_intensity": np.array([0.5, 1.0, np.nan]),
        "sigma_da": 0.05,
        "tolerance_ppm": 20.0,
        "magnified": None,
    }
    return MirrorPlot(**(values | changes))


def traces(plot: MirrorPlot) -> dict[str, object]:
    drawn = draw_mirror(plot, PALETTES["light"])
    return {trace.name: trace for trace in drawn.data if trace.mode == "lines"}


def test_each_class_of_peaks_is_a_trace_of_its_own():
    assert list(traces(record())) == [
        "b, found", "y, found", "predicted, not found",
        "observed, unexplained", "observed, matched",
    ]  # fmt: skip


def test_predicted_peaks_point_up_and_observed_ones_down():
    found = traces(record())
    assert np.nanmax(found["y, found"].y) == pytest.approx(1.0)
    assert np.nanmin(found["observed, matched"].y) == pytest.approx(-1.0)
    assert np.nanmin(found["observed, unexplained"].y) == pytest.approx(-0.1)


def test_errors_are_drawn_for_matched_ions_only():
    drawn = draw_mirror(record(), PALETTES["dark"])
    errors = next(trace for trace in drawn.data if trace.name == "error")
    assert list(errors.y) == [1.5, -2.5]
    assert list(errors.text) == ["b2", "y2"]


def test_no_match_is_a_state_of_its_own_with_advice():
    none = np.full(3, np.nan)
    drawn = draw_mirror(
        record(error_ppm=none, matched_intensity=none, observed_matched=np.zeros(3, bool)),
        PALETTES["light"],
    )
    assert any("Widen the tolerance" in (a.text or "") for a in drawn.layout.annotations)
    assert not any(trace.name == "error" for trace in drawn.data)


def test_labels_that_would_overlap_give_way_to_the_more_intense():
    mz = np.array([100.0, 110.0, 200.0])
    shown = visible_labels(mz, ["weak", "strong", "far"], np.array([0.1, 0.9, 0.2]))
    assert shown == [(110.0, "strong"), (200.0, "far")]


def test_empty_spectra_can_be_drawn():
    empty = np.array([])
    plot = record(
        predicted_mz=empty, predicted_series=empty.astype(int), predicted_label=(),
        error_ppm=empty, observed_mz=empty, observed_intensity=empty,
        observed_matched=empty.astype(bool), matched_intensity=empty,
    )  # fmt: skip
    draw_mirror(plot, PALETTES["light"])
