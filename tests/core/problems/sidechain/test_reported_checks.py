"""What is said of reported tables: the note's, and tables in which one thing was planted."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from core.problems.sidechain.metrics.baselines import clamp
from core.problems.sidechain.reported.checks import NOTE, check_note, check_tables
from core.problems.sidechain.reported.checks_words import (
    Setting,
    Told,
    settings_of,
    settings_of_configs,
)
from core.problems.sidechain.reported.table_files import slot_name
from core.problems.sidechain.reported.tables import note_comparison, note_settings, note_tables
from core.problems.sidechain.synthetic import make_residues
from core.problems.sidechain.versions.compare import Comparison, compare_versions
from core.problems.sidechain.versions.reference import reference_of
from core.problems.sidechain.versions.version import (
    Version,
    measured_version,
    reported_version,
)

UNKNOWN = np.full(14, np.nan)
GOOD = np.array([0.02, 0.01, 0.02, 0.3, 0.03, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6, 0.7, 0.6, 0.7])
FRAME = np.array([0.01, 0.005, 0.01, *GOOD[3:]])


def version(rmsd, title="one", half_unit=0.005, **more) -> Version:
    return Version(title, "reported", np.asarray(rmsd, float), UNKNOWN, half_unit, **more)


def pair(before, after) -> Comparison:
    return compare_versions(version(before), version(after, "two"))


def by_rule(told: Told, *args) -> dict[str, list]:
    found: dict[str, list] = {}
    for finding in check_tables(told, *args):
        found.setdefault(finding.rule, []).append(finding)
    return found


@pytest.fixture(scope="module")
def note() -> Comparison:
    return compare_versions(*(reported_version(table) for table in note_tables()))


@pytest.fixture(scope="module")
def of_note(note) -> dict[str, list]:
    found: dict[str, list] = {}
    for finding in check_note(note):
        found.setdefault(finding.rule, []).append(finding)
    return found


class TestNote:
    def test_every_rule_about_the_note_opens(self, of_note):
        assert set(of_note) == {f"R-{n}" for n in (41, 42, 43, 44, 45, 46, 47, 48, 49, 51)}
        assert len(of_note["R-48"]) == 2
        for found in of_note.values():
            for finding in found:
                assert finding.is_open
                assert finding.evidence.endswith(".")
                assert finding.page == "per_atom_rmsd"

    def test_the_worst_come_first(self, note):
        severities = [finding.severity for finding in check_note(note)]
        order = ["error", "warn", "info", "ok"]
        assert severities == sorted(severities, key=order.index)

    def test_worse_than_a_constant_in_the_slots_of_a_plain_comparison(self, note, of_note):
        constant = reference_of().rmsd["slot_mean"]
        worse = [
            slot_name(slot)
            for slot in range(14)
            if note.after.rmsd[slot] > max(1.05 * constant[slot], constant[slot] + 0.2)
        ]
        (finding,) = of_note["R-43"]
        assert finding.regime == "v4 and v5"
        assert finding.values["worse_slots"] == len(worse)
        assert f"({', '.join(worse)})" in finding.evidence

    def test_it_looks_like_a_bound(self, note, of_note):
        clamped = reference_of().rmsd["clamped"][4:]
        told = note.after.rmsd[4:]
        off = np.sqrt(((clamped - told) ** 2).sum() / (told**2).sum())
        (finding,) = of_note["R-44"]
        assert finding.values["clamp_distance"] == pytest.approx(off)
        assert finding.values["clamp_distance"] < 0.05 < finding.values["constant_distance"]

    def test_its_changes_are_its_rounding(self, of_note):
        (finding,) = of_note["R-42"]
        assert finding.verdict == "No change can be told from noise"
        assert finding.values["moved_slots"] == 6
        assert finding.values["largest_change_angstrom"] == pytest.approx(0.01)

    def test_its_types_are_confidently_wrong_and_its_head_is_not_trained(self, of_note):
        (confused,) = of_note["R-46"]
        assert (confused.severity, confused.regime) == ("error", "v5")
        assert confused.values["cross_entropy_nats"] == pytest.approx(log(96.5))
        assert confused.values["nats_per_wrong_residue"] == pytest.approx(11.7, abs=0.05)
        (untrained,) = of_note["R-45"]
        assert untrained.severity == "info"
        assert "type_loss_weight is 0" in untrained.evidence

    def test_four_settings_at_once_and_a_factor_that_adam_does_not_see(self, of_note):
        (together,) = of_note["R-49"]
        assert together.values["changed_settings"] == 4
        assert "warm start: none → v4 at epoch 27" in together.evidence
        factor = next(f for f in of_note["R-48"] if f.subject)
        assert (factor.subject, factor.values["factor"]) == ("atom_loss_weight", 5.0)

    def test_no_row_of_its_comparison_can_be_won(self, of_note):
        (finding,) = of_note["R-51"]
        assert finding.values["rows_not_comparable"] == 5
        assert "r3 generates" in finding.evidence

    def test_its_totals_are_those_of_its_tables(self, of_note):
        assert "R-50" not in of_note

    def test_what_decoding_without_a_network_says_of_the_limit(self, note):
        def told(oracle: float):
            return next(f for f in check_note(note, oracle=oracle) if f.rule == "R-47")

        assert told(0.01).verdict.startswith("The representation is not the limit")
        assert told(2.0).verdict.startswith("The representation is the limit")


class TestHealthy:
    def test_good_tables_that_improve_have_no_finding(self):
        """Ten times the rounding: only that nobody gave an interval is to be said."""
        told = Told(pair(FRAME * 1.5, FRAME), {"sequence_accuracy": 97.0, "perplexity": 1.2},
                    {"sequence_accuracy": 98.0, "perplexity": 1.1})  # fmt: skip
        assert set(by_rule(told)) == {"R-42"}

    def test_a_table_that_is_compared_with_itself_says_nothing(self):
        assert by_rule(Told(pair(FRAME, FRAME))) == {}

    def test_one_setting_may_be_spoken_of(self):
        told = Told(pair(FRAME * 1.5, FRAME), settings=(Setting("lr", "1", "2"),))
        assert "R-49" not in by_rule(told)
        assert "R-48" not in by_rule(told)

    def test_a_slot_that_is_absent_is_neither_worse_nor_changed(self):
        rmsd = FRAME.copy()
        rmsd[12:] = np.nan
        assert by_rule(Told(pair(rmsd, rmsd))) == {}

    def test_slots_of_few_atoms_do_not_make_it_worse(self):
        bad = FRAME.copy()
        bad[13] = 9.0
        few = np.where(np.arange(14) == 13, 99.0, 5_000.0)
        many = np.full(14, 5_000.0)
        for count, opens in ((few, False), (many, True)):
            one = replace(version(bad), count=count)
            found = by_rule(Told(compare_versions(one, one)))
            assert ("R-43" in found) is opens


class TestPlanted:
    def test_a_total_that_is_not_that_of_its_table(self):
        one = version(FRAME)
        side = next(t for t in compare_versions(one, one).totals if t.name == "side chain").before
        for off, opens in ((0.015, False), (0.03, True)):
            other = version(FRAME, "two", totals={"side_chain": side + off})
            found = by_rule(Told(compare_versions(one, other)))
            assert ("R-50" in found) is opens
        (finding,) = found["R-50"]
        assert finding.values["recomputed_angstrom"] == pytest.approx(side)

    def test_types_that_collapse_with_their_loss_on(self):
        settings = (Setting("type_loss_weight", "1.0", "0.1"),)
        told = Told(pair(FRAME * 1.5, FRAME), {"sequence_accuracy": 98.0},
                    {"sequence_accuracy": 80.0}, settings)  # fmt: skip
        (finding,) = by_rule(told)["R-45"]
        assert (finding.severity, finding.verdict) == (
            "error", "Residue types collapse: 18.0 points lost"
        )  # fmt: skip

    def test_a_perplexity_without_an_accuracy_is_a_warning(self):
        (finding,) = by_rule(Told(pair(FRAME, FRAME), after={"perplexity": 25.0}))["R-46"]
        assert finding.severity == "warn"

    def test_far_slots_that_no_constant_beats_are_only_far(self):
        far = reference_of().rmsd["type_mean"].copy()
        (finding,) = by_rule(Told(pair(far, far)))["R-41"]
        assert (finding.severity, finding.values["worse_slots"]) == ("info", 0.0)
        assert "atom12, atom13: in less than 2 % of residues" in finding.evidence

    def test_a_factor_among_several_losses_is_a_factor(self):
        def told(**weights):
            settings = tuple(Setting(f"{k}_weight", *v.split()) for k, v in weights.items())
            return by_rule(Told(pair(FRAME * 1.5, FRAME), settings=settings))

        assert "R-48" in told(atom="0.2 1.0", type="1 0")
        assert "R-48" not in told(atom="0.2 1.0", type="1 0.5")
        assert "R-48" not in told(atom="1.0 1.0", type="1 0")
        assert "R-48" not in told(atom="0.0 1.0", type="1 0")

    def test_measured_comparisons_of_one_task_say_nothing(self):
        rows = [{**row, "r3_kind": "measured", "decoder_kind": "measured"}
                for row in note_comparison()]  # fmt: skip
        assert "R-51" not in by_rule(Told(pair(FRAME, FRAME)), rows)


class TestMeasured:
    """Versions whose residues are known: synthetic ones, predicted badly on purpose."""

    def versions(self, *predict):
        native, type = make_residues(600, 5)
        random = np.random.default_rng(0)
        return [
            measured_version(f"run {at}", "run", pred=make(native, random), native=native,
                             type=type, name=np.full(600, "x"), group=np.arange(600) // 20)
            for at, make in enumerate(predict)
        ]  # fmt: skip

    def test_a_clamped_prediction_is_named_with_its_bound(self):
        bounded = self.versions(*(lambda native, _: clamp(native, 1.4),) * 2)
        (finding,) = by_rule(Told(compare_versions(*bounded)))["R-44"]
        assert finding.values["bound_angstrom"] == pytest.approx(1.4, abs=0.02)
        assert finding.verdict == "The errors look like an output bounded at ±1.4 Å"

    def test_a_change_that_an_interval_confirms_is_not_called_noise(self):
        def noisy(size):
            return lambda native, random: native + size * random.normal(size=native.shape)

        told = Told(compare_versions(*self.versions(noisy(0.4), noisy(0.2))))
        assert {f.values["told_slots"] for f in by_rule(told).get("R-42", [])} <= {12.0, 13.0}
        same = Told(compare_versions(*self.versions(noisy(0.2), noisy(0.2))))
        (finding,) = by_rule(same)["R-42"]
        assert finding.values["told_slots"] <= 1

    def test_other_residues_are_not_called_noise_and_each_is_judged_by_its_own(self, note):
        (small,) = self.versions(lambda native, _: native + 5.0)
        mixed = Told(compare_versions(note.before, small))
        found = by_rule(mixed)
        (finding,) = found["R-42"]
        assert finding.verdict == "Other residues: not comparable"
        assert "v4 has a table by slot, run 0 has 600 residues" in finding.evidence
        (alone,) = by_rule(Told(compare_versions(note.before, note.before)))["R-43"]
        (both,) = found["R-43"]
        told = alone.evidence.split(";")[0]
        assert told.startswith("v4 ")
        assert told in both.evidence
        assert "judged on the atoms of run 0" in both.evidence


def test_settings_of_configurations_leave_out_what_shapes_nothing():
    one, other = {"lr": 0.1, "name": "a", "old": 1}, {"lr": 0.2, "name": "b"}
    found = settings_of_configs(one, other, cosmetic=("name",))
    assert [(s.name, s.before, s.after) for s in found if s.changed] == [
        ("lr", "0.1", "0.2"),
        ("old", "1", "not there"),
    ]
    rows = settings_of(note_settings(), *NOTE)
    assert [s.is_weight for s in rows] == [True, True, False, False]
