"""Packed models beside their backbone: planted flaws, other numbers and chains, and bad files."""

import gzip
from math import isnan
from pathlib import Path

import biotite.structure as struc
import numpy as np
import pytest

from core.problems.sidechain.metrics.angles import chi_angles
from core.problems.sidechain.packed.backbone import backbone_rmsd, compare_with_backbone
from core.problems.sidechain.packed.example import (
    CUT,
    SEQUENCE,
    example_archive,
    write_example,
    write_pdb,
)
from core.problems.sidechain.packed.geometry import measure_geometry
from core.problems.sidechain.packed.helix import helix_backbone, pack_helix, types_of
from core.problems.sidechain.packed.report import PackedFiles, report_packed
from core.problems.sidechain.packed.summary import summarise_packed
from core.problems.sidechain.reading.structures import Residues, read_residues
from tests.core.problems.sidechain.made import chain_of, residue, write

POLAR = "MSEKWLRFYDHAVKNTIQEG"


def helix(letters: str, *, chain: str = "A", first: int = 1, seed: int = 0) -> Residues:
    coord = pack_helix(letters, np.random.default_rng(seed), looks=True).astype(np.float32)
    size = len(letters)
    return Residues(
        coord, types_of(letters), np.full(size, chain), np.arange(first, first + size),
        np.full(size, ""), np.ones(size, dtype=np.int64), np.full((size, 14), 1, np.float32),
        "made", (),
    )  # fmt: skip


def bare(residues: Residues) -> Residues:
    coord = residues.coord.copy()
    coord[:, 4:] = np.nan
    return Residues(coord, *(getattr(residues, name) for name in (
        "type", "chain", "number", "insertion", "model", "b_factor", "origin", "notes"))
    )  # fmt: skip


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return write_example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def report(example):
    return report_packed(example)


class TestExample:
    def test_the_helix_has_the_torsions_it_was_asked_for(self):
        chain = helix_backbone(8).reshape(-1, 3)
        torsions = np.degrees([struc.dihedral(*chain[at : at + 4]) for at in range(6)])
        assert np.abs(torsions) == pytest.approx([47, 180, 57] * 2, abs=1e-3)
        assert torsions[0] < 0 > torsions[2]

    def test_each_planted_flaw_is_found_where_it_was_planted_and_nowhere_else(self, report):
        good, clashing, blurred, native = report.models
        assert clashing.geometry.clashes > 10
        assert max(m.geometry.clashes for m in (good, blurred, native)) <= 2
        assert blurred.geometry.bond_error == pytest.approx(0.08, abs=0.02)
        assert max(m.geometry.bond_error for m in (good, clashing, native)) < 0.002
        assert blurred.geometry.flat.value < 0.6
        assert {m.geometry.flat.value for m in (good, clashing, native)} == {1.0}
        assert [m.against.missing for m in report.models] == [0, 0, CUT, 0]
        assert [design.agrees for design in report.designs] == [None, True, True, False]

    def test_models_find_their_sequences(self, report):
        labels = [(m.entry.design.sample, m.entry.alike) for m in report.models]
        assert labels == [(1, 1.0), (2, 1.0), (3, 1.0), (None, 1.0)]

    def test_recovery_is_that_of_a_plain_count(self, report, example):
        for model, path in zip(report.models, example.models, strict=True):
            letters = read_residues(path).sequence
            same = sum(a == b for a, b in zip(letters, SEQUENCE, strict=False))
            assert model.against.recovery.value == pytest.approx(same / len(letters))

    def test_the_summary_counts_and_takes_medians(self, report):
        found = summarise_packed(report)
        assert (found.models, found.as_designed, found.without_entry) == (4, 4, 0)
        assert found.disagreeing == 1
        scores = [m.geometry.clash_score for m in report.models]
        assert found.clash_score == pytest.approx(np.median(scores))
        assert found.worst_clash_score == max(scores)
        assert found.worst_rmsd == max(m.against.rmsd for m in report.models)

    def test_it_can_be_taken_along(self):
        assert example_archive()[:2] == b"PK"


class TestAgainst:
    def test_the_backbone_rmsd_is_that_of_biotite(self):
        random = np.random.default_rng(3)
        one, other = helix(POLAR), helix(POLAR, seed=1)
        noisy = one.coord + 0.3 * random.normal(size=one.coord.shape).astype(np.float32)
        q, _ = np.linalg.qr(random.normal(size=(3, 3)))
        turned = noisy @ (q * np.sign(np.linalg.det(q))).astype(np.float32) + 20
        moved = Residues(turned, *(getattr(one, name) for name in (
            "type", "chain", "number", "insertion", "model", "b_factor", "origin", "notes"))
        )  # fmt: skip
        first, second = (r.coord[:, :4].reshape(-1, 3) for r in (moved, other))
        fitted, _ = struc.superimpose(second, first)
        assert backbone_rmsd(moved, other) == pytest.approx(float(struc.rmsd(second, fitted)), 1e-4)

    def test_chi_is_compared_where_the_type_stayed(self):
        native, model = helix(POLAR), helix("A" + POLAR[1:], seed=2)
        found = compare_with_backbone(model, native)
        errors = []
        ours, theirs = (chi_angles(r.coord.astype(float), r.type)[1:, 0] for r in (model, native))
        for a, b in zip(ours, theirs, strict=True):
            if np.isfinite(a) and np.isfinite(b):
                off = abs(a - b) % (2 * np.pi)
                errors.append(min(off, 2 * np.pi - off))
        assert found.chi.mae_rad[0] == pytest.approx(np.mean(errors), rel=1e-4)
        assert found.chi.count[0] == len(errors)
        assert found.recovery.value == pytest.approx(1 - 1 / len(POLAR))

    def test_other_numbers_and_chains_are_one_protein(self):
        found = compare_with_backbone(helix(POLAR, chain="Q", first=301), helix(POLAR))
        assert (found.matched, found.missing, found.extra) == (len(POLAR), 0, 0)
        assert found.rmsd == pytest.approx(0, abs=1e-4)
        assert found.notes[0] == "chain Q with A of the backbone: 20 residues one by one"

    def test_residues_of_another_type_are_named_where_the_backbone_has_a_sequence(self):
        model = helix("A" + POLAR[1:-1] + "A")
        (note, *_) = compare_with_backbone(model, helix(POLAR)).notes
        changed = f"{POLAR[0]}1A, {POLAR[-1]}20A"
        assert note.endswith(f"20 residues one by one, 2 of another type ({changed})")
        assert compare_with_backbone(model, helix("G" * 20)).notes[0].endswith("one by one")

    def test_a_design_without_a_common_letter_finds_its_backbone(self):
        found = compare_with_backbone(
            helix("L" * 10 + "E" * 10, first=5), helix("K" * 10 + "A" * 10)
        )
        assert (found.matched, found.recovery.value) == (20, 0.0)
        assert isnan(found.chi.mae_rad[0])

    def test_a_backbone_alone_has_no_angles_and_a_generated_one_no_sequence(self):
        native = bare(helix(POLAR))
        found = compare_with_backbone(helix(POLAR, seed=4), native)
        assert isnan(found.rotamers.value)
        assert np.isnan(found.chi.mae_rad).all()
        assert "the backbone has no side chains: chi angles cannot be compared" in found.notes
        generated = compare_with_backbone(helix(POLAR), helix("G" * 20))
        assert isnan(generated.recovery.value)
        assert "the backbone has GLY only: no sequence to recover" in generated.notes

    def test_a_part_of_a_generated_backbone_is_found_by_numbers(self):
        model = helix(POLAR)
        found = compare_with_backbone(model.select(np.r_[0:5, 8:20]), helix("G" * 20))
        assert (found.matched, found.missing) == (17, 3)
        assert found.notes[0] == "chain A with A of the backbone: 17 residues by their numbers"
        assert found.rmsd < 0.1

    def test_a_part_of_a_native_backbone_is_aligned(self):
        model = helix(POLAR, first=40)
        found = compare_with_backbone(model.select(np.r_[0:5, 8:20]), helix(POLAR))
        assert (found.matched, found.missing, found.recovery.value) == (17, 3, 1.0)

    def test_two_with_gaps_at_different_places_are_not_paired_by_place(self):
        """Equal lengths: by place each residue between the gaps would meet its neighbour."""
        rows = np.arange(20)
        model, native = (helix(POLAR).select(np.delete(rows, gap)) for gap in (5, 14))
        found = compare_with_backbone(model, native)
        assert (found.matched, found.recovery.value) == (18, 1.0)


class TestFiles:
    def test_models_alone_are_measured(self, example):
        found = report_packed(PackedFiles(None, None, example.models[:1]))
        (one,) = found.models
        assert (one.entry, one.against, found.backbone, found.problems) == (None, None, None, ())
        assert one.geometry.bonds > 0
        assert isnan(summarise_packed(found).recovery)

    def test_a_bad_file_costs_itself_only(self, example, tmp_path):
        broken = tmp_path / "broken.cif"
        whole = write(chain_of("ACDEF"), tmp_path / "whole.cif").read_text()
        broken.write_text(whole[: len(whole) // 2])
        dna = tmp_path / "dna.pdb"
        line = "ATOM      1  P    DA A   1       0.000   0.000   0.000  1.00  0.00           P\n"
        dna.write_text(line)
        empty = tmp_path / "empty.fa"
        empty.write_text("")
        files = PackedFiles(broken, empty, (dna, tmp_path / "whole.cif", example.models[0]))
        found = report_packed(files)
        assert [m.name for m in found.models] == ["whole", "example_sample_1"]
        assert found.problems[0].startswith("The backbone is left out. broken.cif")
        assert found.problems[1].startswith("The sequences are left out. empty.fa")
        assert found.problems[2].startswith("dna.pdb: expected at least one amino acid")

    def test_a_file_of_several_models_is_several(self, tmp_path):
        path = tmp_path / "both.pdb"
        text = [
            write_pdb(tmp_path / f"{seed}.pdb", helix(POLAR, seed=seed).coord, POLAR).read_text()
            for seed in (0, 1)
        ]
        blocks = [
            "MODEL     {:4d}\n{}ENDMDL\n".format(
                at + 1, "".join(x + "\n" for x in t.splitlines() if x.startswith("ATOM"))
            )
            for at, t in enumerate(text)
        ]
        path.write_bytes(gzip.compress("".join(blocks).encode()))
        packed = path.rename(tmp_path / "both.pdb.gz")
        found = report_packed(PackedFiles(tmp_path / "0.pdb", None, (packed,)))
        assert [m.name for m in found.models] == ["both, model 1", "both, model 2"]
        assert found.models[0].against.rotamers.value == 1.0
        assert found.models[1].against.rotamers.value < 1.0

    def test_another_protein_is_measured_and_not_compared(self, example, tmp_path):
        other = write(chain_of("GGPGGPGGWWGGPGPCCPGGP", first=901), tmp_path / "other.cif")
        found = report_packed(PackedFiles(other, example.fasta, example.models[:1]))
        (one,) = found.models
        assert one.against is None
        assert found.problems == (
            "The backbone is of other residues and numbers than 1 of 1 models (example_sample_1): "
            "no chain can be compared. Choose the one that they were built on.",
        )
        assert any(note.startswith("no chain of it belongs to the backbone") for note in one.notes)
        (stranger,) = report_packed(PackedFiles(None, example.fasta, (other,))).models
        assert stranger.entry is None
        assert "no sequence of the FASTA is like it" in stranger.notes

    def test_a_backbone_of_another_place_is_an_alert(self, tmp_path):
        """Of as many residues, so that nothing but its place tells it apart."""
        one, other = helix(POLAR), helix(POLAR)
        other.coord[10:] += np.float32(9)
        paths = [write_pdb(tmp_path / f"{name}.pdb", made.coord, POLAR)
                 for name, made in (("one", one), ("other", other))]  # fmt: skip
        found = report_packed(PackedFiles(paths[1], None, (paths[0],)))
        (problem,) = found.problems
        assert problem.startswith("The backbone lies elsewhere than that of 1 of 1 models (one)")
        assert not report_packed(PackedFiles(paths[0], None, (paths[0],))).problems

    def test_local_frames_are_no_structure(self):
        piled = helix(POLAR).select(np.tile(np.arange(20), 40))
        coord = piled.coord - piled.coord[:, 1:2]
        fields = ("type", "chain", "number", "insertion", "model", "b_factor", "origin", "notes")
        found = measure_geometry(Residues(coord, *(getattr(piled, name) for name in fields)))
        assert found.clashes is None
        assert found.note.startswith("clashes cannot be told")

    def test_missing_atoms_are_counted(self, tmp_path):
        short = residue("TRP", 1)[:-4]
        path = write(short, tmp_path / "short.pdb")
        (one,) = report_packed(PackedFiles(None, None, (path,))).models
        assert one.geometry.missing_atoms == 4


def test_a_real_structure_is_its_own_best_model(shared_data: Path):
    path = shared_data / "structures" / "proteinmpnn" / "5L33.pdb.gz"
    (one,) = report_packed(PackedFiles(path, None, (path,))).models
    assert one.against.rmsd == pytest.approx(0, abs=1e-4)
    assert (one.against.recovery.value, one.against.rotamers.value) == (1.0, 1.0)
    assert one.geometry.bond_error < 0.025
    assert one.geometry.flat.value == 1.0
