"""The page hard_negatives: each view, its numbers against the sampler, and what it refuses."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.datasets.catalogue import CHEBI20_VALIDATION, DATASETS
from core.datasets.fetch import BASE_VARIABLE, is_fetched
from core.problems.molecule.explore import SAMPLE, TABLE, read_sample, search
from core.samplers.epoch import Origin
from core.samplers.hard_batches import draw_epoch
from core.samplers.options import BatchOptions
from pages.ui.negatives import loaded
from pages.ui.negatives.controls import options_from
from pages.ui.negatives.views import SETTINGS, VIEWS
from tests.core.datasets.serving import serving
from tests.core.problems.molecule.small import SMILES, describe, small_table
from tests.core.samplers.data import cosine
from tests.pages.reading import alts, errors, table, text_of, traces

PAGE = "hard_negatives"
LABELS = [label for label, _ in VIEWS.values()]
MEMBERS, SIMILARITIES = "Similarity of each negative", "Histogram of the similarity"


@pytest.fixture(scope="module")
def sample():
    return read_sample()


@pytest.fixture(scope="module")
def pool(sample):
    return search(sample)


def cards(app) -> list[str]:
    """Give the grids of cards, the large one first."""
    return [e.proto.body for e in app.get("html") if "class='hn" in e.proto.body]


# The first view


def test_the_first_view_is_the_first_batch_of_the_sample(open_page, metric, sample, pool):
    app = open_page(PAGE)
    epoch, exact = draw_epoch(pool, BatchOptions(), 0), cosine(sample.vectors)
    batch, origin = epoch.batches()[0], epoch.origin[0]
    hard = [exact[batch[0], i] for i, o in zip(batch, origin, strict=True) if o >= 2]
    random = [exact[batch[0], i] for i, o in zip(batch, origin, strict=True) if o == 0]
    assert metric(app, "Hard slots filled") == f"{len(hard)} of 15"
    assert metric(app, "Similarity of hard") == f"{np.mean(hard):.2f}"
    assert metric(app, "Similarity of random") == f"{np.mean(random):.2f}"
    assert metric(app, "Same text or molecule") == "0"
    assert metric(app, "Left out") == "0"
    assert "400 real molecules of the component dictionary" in text_of(app)


def test_every_member_has_a_card_with_its_structure_and_its_name(open_page, sample, pool):
    large, hard, random = cards(open_page(PAGE))
    batch = draw_epoch(pool, BatchOptions(), 0).batches()[0]
    assert [grid.count("<img src='data:image/svg+xml;base64,") for grid in (large, hard, random)] \
        == [1, 15, 16]  # fmt: skip
    shown = large + hard + random
    for item in batch:
        assert f"({sample.names[item]}, cluster {sample.cluster[item]})" in shown
    near = [float(v.replace("−", "-")) for v in re.findall(r"<b>(.*?)</b>", hard)]
    assert near == sorted(near, reverse=True)


def test_bars_stand_in_the_order_of_the_cards(open_page, decode):
    app = open_page(PAGE)
    drawn = traces(app, MEMBERS)
    assert [t["name"] for t in drawn] == ["hard, of the pivot's own list", "random"]
    assert list(drawn[0]["x"]) == list(range(1, 16))
    assert list(drawn[1]["x"]) == list(range(16, 32))
    shown = [f"{y:.2f}" for y in decode(drawn[0]["y"])]
    assert shown == re.findall(r"<b>(.*?)</b>", cards(app)[1])


def test_names_of_a_table_cannot_write_html(open_page, tmp_path):
    rows = [line.split("\t") for line in (SAMPLE / TABLE).read_text().splitlines()]
    for row in rows[1:]:
        row[2] = f"<img src=x onerror=alert(1)> '\"{row[2]}"
    path = tmp_path / "own.tsv"
    path.write_text("\n".join("\t".join(row) for row in rows))
    app = open_page(PAGE, molecules="Own", pairs=str(path))
    assert not app.exception
    assert not app.error
    assert cards(app)
    assert not any("<img src=x" in grid for grid in cards(app))


# Controls


def test_another_batch_is_another_pivot_and_the_epoch_matters(open_page, sample, pool):
    epoch = draw_epoch(pool, BatchOptions(), 0)
    app = open_page(PAGE, batch="3")
    assert f"({sample.names[epoch.members[2, 0]]}," in cards(app)[0]
    app.slider(key="epoch").set_value(4).run()
    later = draw_epoch(pool, BatchOptions(), 3)
    assert f"({sample.names[later.members[2, 0]]}," in cards(app)[0]


def test_a_ratio_of_1_is_all_hard_and_of_0_has_no_pivot(open_page, metric):
    app = open_page(PAGE, hard_ratio="1.0")
    assert metric(app, "Hard slots filled") == "31 of 31"
    app.slider(key="hard_ratio").set_value(0.0).run()
    assert metric(app, "Hard slots filled") == "0 of 0"
    assert metric(app, "Similarity of hard") == "–"
    assert len(cards(app)) == 2
    assert "**First**" in text_of(app)
    assert "no hard slots are asked for" in text_of(app)


def test_epochs_before_the_curriculum_epoch_are_random_and_every_later_one_is_hard(
    open_page, metric
):
    asked = {}
    for epoch in ("5", "6", "7"):
        app = open_page(PAGE, curriculum="5", epoch=epoch)
        asked[epoch] = metric(app, "Hard slots filled")
    assert asked == {"5": "0 of 0", "6": "15 of 15", "7": "15 of 15"}


def test_a_ceiling_keeps_what_is_more_alike_out_of_the_hard_members(open_page):
    app = open_page(PAGE, ceiling="0.5")
    near = [float(v.replace("−", "-")) for v in re.findall(r"<b>(.*?)</b>", cards(app)[1])]
    assert near
    assert max(near) <= 0.5


def test_options_of_the_page_are_those_of_the_sampler():
    values = {control.key: control.default for control in SETTINGS}
    assert options_from(values) == BatchOptions()
    changed = values | {
        "hard_ratio": 0.7, "hardness_k": 50, "curriculum": 5, "batch_size": 64,
        "negatives_seed": 3, "method": "sequential", "ceiling": 0.9, "minimum_rank": 2,
    }  # fmt: skip
    assert options_from(changed) == BatchOptions(
        hard_ratio=0.7, hardness_k=50, curriculum_epoch=5, batch_size=64, seed=3,
        method="sequential", max_similarity=0.9, minimum_rank=2,
    )  # fmt: skip


# What is refused


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"minimum_rank": "20", "hardness_k": "10"}, "minimum_rank: expected 0 to hardness_k - 1"),
        ({"negatives_seed": "-1"}, "seed: expected 0 or more, came -1"),
        ({"molecules": "Own", "pairs": "nothing.csv"}, "expected a file that is there"),
    ],
)
def test_what_cannot_be_used_is_explained_and_the_controls_stay(open_page, query, says):
    app = open_page(PAGE, **query)
    assert not app.exception
    assert [says in error for error in errors(app)] == [True]
    assert app.slider(key="hard_ratio").value == 0.5
    next(b for b in app.button if b.key == "reset").click().run()
    assert not app.error
    assert len(cards(app)) == 3


def test_a_batch_that_is_not_there_is_refused_and_the_last_one_shown(open_page):
    app = open_page(PAGE, batch="99")
    assert "batch: expected 1 to 13, the batches of an epoch, came 99" in errors(app)[0]
    assert "Batch 13 of 13" in text_of(app)


def test_a_table_of_ones_own_is_read_and_k_kept_to_what_it_has(open_page, tmp_path, metric):
    path = str(small_table(tmp_path / "own.csv"))
    app = open_page(PAGE, molecules="Own", pairs=path)
    assert not app.error
    assert re.search(r"k is \d+ here: so many neighbours", text_of(app))
    app.select_slider(key="hardness_k").set_value(10).run()
    assert not app.error
    assert "k is " not in text_of(app)
    app.select_slider(key="batch_size").set_value(64).run()
    assert "batch_size: expected at most the" in errors(app)[0]
    app.select_slider(key="batch_size").set_value(8).run()
    assert not app.error
    assert metric(app, "Hard slots filled") == "3 of 3"
    app.text_input(key="pairs").set_value("").run()
    assert "Name a table" in text_of(app)


def test_the_full_set_waits_for_a_button(open_page):
    app = open_page(PAGE, molecules="Full set")
    assert not app.error
    assert [b.label for b in app.button if b.key == "build"] == ["Build the full set"]
    assert not cards(app)


# The other views


@pytest.mark.parametrize("label", LABELS)
def test_every_view_shows_charts_with_words_numbers_and_no_error(open_page, label):
    app = open_page(PAGE, view=label)
    assert not app.exception
    assert not app.error
    assert len(app.metric) >= 3
    assert alts(app)
    assert all(len(alt) > 20 for alt in alts(app))
    assert all(widget.proto.help.strip() for widget in app.sidebar.slider)


def test_similarities_of_the_epoch_are_those_of_a_plain_loop(open_page, metric, sample, pool):
    app = open_page(PAGE, view="Similarity", above="0.8")
    epoch, exact = draw_epoch(pool, BatchOptions(), 0), cosine(sample.vectors)
    hard, suspicious = [], 0
    for row, batch in enumerate(epoch.batches()):
        for column, item in enumerate(batch):
            if epoch.origin[row, column] >= Origin.OWN_LIST:
                hard.append(exact[batch[0], item])
            suspicious += sum(exact[item, other] > 0.8 for other in batch[:column])
    assert metric(app, "Similarity of hard") == f"{np.mean(hard):.2f}"
    assert metric(app, "Suspicious pairs") == f"{suspicious:,}"
    listed = table(app, "Other")
    assert len(listed) == min(suspicious, 200)
    assert (listed["Similarity"] > 0.8).all()
    assert set(listed["One"]) <= set(sample.texts)


def test_the_cell_of_the_sidebar_is_the_epoch_that_is_drawn(open_page, pool, decode):
    """With all options at a cell of the table, its number is the mean over this very epoch."""
    for measure in ("mean", "hardest"):
        app = open_page(PAGE, view="Similarity", hardness_k="30", measure=measure)
        cells = traces(app, "Similarity of ")[0]["z"]
        shown = np.asarray(decode(cells)).reshape(5, 5) if isinstance(cells, dict) else cells
        batches = draw_epoch(pool, BatchOptions(hardness_k=30), 0).batches()
        unit = pool.embeddings.unit(np.arange(pool.items))
        near = [unit[b[1:]] @ unit[b[0]] for b in batches]
        wanted = np.mean([values.mean() if measure == "mean" else values.max() for values in near])
        assert np.array(shown, dtype=float)[2, 1] == pytest.approx(wanted, abs=1e-4)


def test_the_last_batches_fade_by_the_sequential_method_alone(open_page, metric, trace, decode):
    app = open_page(PAGE, view="Filling")
    alt = "Filled share of hard slots"
    assert decode(trace(app, alt, "planned")["y"]).min() == 100
    assert decode(trace(app, alt, "sequential")["y"])[-2:].max() < 70
    assert metric(app, "Last tenth") == "100 %"
    app.button_group(key="method").set_value("sequential").run()
    assert metric(app, "Last tenth") != "100 %"
    assert metric(app, "Coverage") == "100 %"


def test_a_low_temperature_lets_the_hardest_negative_push_alone(open_page, metric):
    shares = {}
    for temperature in (0.01, 1.0):
        app = open_page(PAGE, view="Temperature")
        app.select_slider(key="temperature").set_value(temperature).run()
        shares[temperature] = float(metric(app, "Hardest negative").split()[0])
        assert "the texts, before any training" in text_of(app)
    assert shares[0.01] > 50
    assert 100 / 31 < shares[1.0] < 8


def test_the_map_counts_the_clusters_of_the_batch(open_page, metric, sample, pool):
    app = open_page(PAGE, view="Map", batch="2")
    batch = draw_epoch(pool, BatchOptions(), 0).batches()[1]
    counts = np.bincount(sample.cluster[batch])
    assert metric(app, "Clusters in the batch") == str((counts > 0).sum())
    assert metric(app, "Largest") == str(counts.max())
    assert metric(app, "In the pivot's cluster") == str(counts[sample.cluster[batch[0]]])


def test_the_quick_test_says_what_chance_shows_and_that_everybody_is_a_neighbour(open_page, metric):
    app = open_page(PAGE, view="Quick test")
    text = text_of(app)
    assert "at random 2.0 %" in text
    assert "everybody" not in text
    shown = table(app, "Pivot in")
    assert len(shown) == 4
    numbers = shown[[f"No. {n}" for n in range(5)]].to_numpy()
    assert (numbers.sum(axis=1) == 10).all()
    app.select_slider(key="quick_k").set_value(100).run()
    assert "k = 100 of 100: the neighbours are everybody" in text_of(app)
    assert metric(app, "Neighbours looked at") == "99"
    app.number_input(key="quick_seed").set_value(-1).run()
    assert "seed: expected 0 or more, came -1" in errors(app)[0]


def test_a_random_epoch_is_no_error_in_any_view(open_page):
    for label in LABELS:
        app = open_page(PAGE, view=label, hard_ratio="0.0")
        assert not app.exception, label
        assert not app.error, label


# ChEBI-20, of the catalogue


FAULTY = [  # as its file has them: doubled backslashes, stereoisomers, a single heavy atom
    (r"C/C=C\\C", "an alkene (2Z), boiling at 4 ℃"),
    (r"C/C=C/C", "an alkene (2E), boiling at 1 ℃"),
    ("O", "water, boiling at 100 ℃"),
]


@pytest.fixture
def chebi(tmp_path, monkeypatch):
    """Put a small twin of the validation file into the catalogue, and serve it."""
    pairs = [*((smiles, describe(smiles)) for smiles in SMILES), *FAULTY]
    rows = [f"{n}\t{smiles}\t{said}\n" for n, (smiles, said) in enumerate(pairs)]
    text = "".join(["CID\tSMILES\tdescription\n", *rows])
    file = replace(CHEBI20_VALIDATION.file("pairs"), characters=len(text))
    twin = replace(CHEBI20_VALIDATION, files=(file,))
    monkeypatch.setattr(loaded, "CHEBI20_VALIDATION", twin)
    monkeypatch.setitem(DATASETS, twin.name, twin)
    folder = tmp_path / "served" / twin.name
    folder.mkdir(parents=True)
    (folder / file.name).write_text(text, encoding="utf-8")
    with serving(tmp_path / "served") as base:
        monkeypatch.setenv(BASE_VARIABLE, base)
        yield twin


SMALL = {"hardness_k": "10", "batch_size": "8"}


def test_chebi_20_says_what_it_is_is_fetched_and_drawn_from(open_page, metric, chebi):
    app = open_page(PAGE, molecules="ChEBI-20", **SMALL)
    assert not app.error
    assert not cards(app)
    said = text_of(app)
    assert chebi.description in said
    assert "no checksum known, checked by its length" in said
    assert "BSD-3-Clause" in said
    assert chebi.source in said
    app.button(key="fetch-chebi20_validation").click().run()
    assert not app.exception
    assert not app.error
    assert is_fetched(chebi)
    assert len(cards(app)) == 3
    assert metric(app, "Hard slots filled") == "3 of 3"
    assert "training pairs of" in text_of(app)
    assert "validation.txt with their descriptions" in text_of(app)
    assert not [b for b in app.button if b.key == "fetch-chebi20_validation"]


def test_what_cannot_be_fetched_is_explained(open_page, chebi, monkeypatch):
    monkeypatch.setenv(BASE_VARIABLE, "http://127.0.0.1:9")  # nothing listens there
    app = open_page(PAGE, molecules="ChEBI-20")
    app.button(key="fetch-chebi20_validation").click().run()
    assert not app.exception
    assert ["Everything else works without it" in error for error in errors(app)] == [True]
    assert not is_fetched(chebi)


def test_the_overview_says_that_no_checksum_is_known_and_opens_chebi_20_here(open_page, chebi):
    app = open_page("overview")
    assert "about 0.0 MB; no checksum known, checked by its length" in text_of(app)
    app.button(key="fetch-chebi20_validation").click().run()
    assert not app.error
    link = next(e for e in app.get("page_link") if e.proto.label == "Open in Hard negatives")
    assert "molecules=ChEBI-20" in link.proto.query_string


def test_own_vectors_take_the_place_of_those_of_the_texts(open_page, tmp_path):
    rows = (SAMPLE / TABLE).read_text().splitlines()[:81]
    (tmp_path / "own.tsv").write_text("\n".join(rows) + "\n")
    vectors = np.random.default_rng(0).normal(size=(80, 6))
    np.save(tmp_path / "own.npy", vectors)
    app = open_page(
        PAGE, view="Similarity", molecules="Own", pairs=str(tmp_path / "own.tsv"),
        embeddings=str(tmp_path / "own.npy"), batch_size="8", hardness_k="5",
    )  # fmt: skip
    assert not app.exception
    assert not app.error
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    highest = np.sort((unit @ unit.T)[np.triu_indices(80, 1)])[-1]
    app.slider(key="above").set_value(0.5).run()
    shown = table(app, "Same cluster")["Similarity"].to_numpy()
    assert 0.5 < shown.max() <= highest + 1e-6
    np.save(tmp_path / "short.npy", vectors[:-1])
    app.text_input(key="embeddings").set_value(str(tmp_path / "short.npy")).run()
    assert "79" in errors(app)[0]


def test_vectors_that_are_all_equal_are_named(open_page, tmp_path):
    rows = (SAMPLE / TABLE).read_text().splitlines()[:81]
    (tmp_path / "own.tsv").write_text("\n".join(rows) + "\n")
    np.save(tmp_path / "one.npy", np.ones((80, 6)))
    app = open_page(
        PAGE, molecules="Own", pairs=str(tmp_path / "own.tsv"),
        embeddings=str(tmp_path / "one.npy"), batch_size="8", hardness_k="5",
    )  # fmt: skip
    assert not app.exception
    assert "All vectors are equal" in text_of(app)
    assert "All vectors are equal" not in text_of(open_page(PAGE))
