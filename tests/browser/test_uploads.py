"""Files that a reader brings: good spectra of a partly bad file are kept, the rest is explained."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

GOOD = """BEGIN IONS
TITLE=good
PEPMASS=400.6872
CHARGE=2+
98.06 10
227.10 100
324.16 50
477.22 80
574.27 60
703.31 30
END IONS
"""
NO_CHARGE = "BEGIN IONS\nTITLE=no_charge\nPEPMASS=400.0\n100.0 1.0\nEND IONS\n"
NEGATIVE = "BEGIN IONS\nTITLE=negative\nPEPMASS=400.0\nCHARGE=2+\n-5.0 1.0\nEND IONS\n"
LABELS = "spec_id modifications peptide charge\ngood - PEPTIDE 2\nabsent - PEPTIDE 2\n"


def open_data(opened):
    opened.page.get_by_text("Data", exact=True).first.click()
    opened.page.wait_for_timeout(300)


def upload(opened, position: int, name: str, content: bytes):
    target = opened.page.locator("[data-testid='stFileUploaderDropzoneInput']").nth(position)
    target.set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})


def test_a_partly_bad_file_keeps_its_good_spectra_and_lists_the_rest(server, visit):
    opened = visit(f"{server}/spectra?view=Data+check")
    open_data(opened)
    upload(opened, 1, "labels.peprec", LABELS.encode())
    opened.settle()
    upload(opened, 0, "mixed.mgf", (GOOD + NO_CHARGE + NEGATIVE).encode())
    opened.page.get_by_text("1 of 3 spectra kept; 3 left out").wait_for(timeout=30_000)
    expect(
        opened.page.get_by_text("mixed.mgf, 1 labelled spectra; 3 left out").first
    ).to_be_visible()
    assert opened.errors == []


def test_a_file_that_is_no_spectrum_file_is_explained_and_the_sample_stays(server, visit):
    opened = visit(f"{server}/spectra")
    open_data(opened)
    upload(opened, 0, "junk.mgf", bytes(range(256)) * 40)
    opened.page.locator("[data-testid='stAlert']").wait_for(timeout=30_000)
    message = opened.page.locator("[data-testid='stAlert']").inner_text()
    assert "junk.mgf" in message
    assert "expected" in message
    expect(opened.page.get_by_text("Synthetic sample, 60 labelled").first).to_be_visible()
    assert opened.page.locator("[data-testid='stException']").count() == 0


def test_a_table_of_ones_own_is_read_and_a_bad_one_explained(server, visit):
    opened = visit(f"{server}/loss_balance")
    opened.page.get_by_role("button", name="Save, load, export").click()
    bad = "stage,term,raw,weight\n1,atom,2.0,-1\n"
    upload(opened, 0, "bad.csv", bad.encode())
    opened.page.locator("[data-testid='stAlert']").wait_for(timeout=30_000)
    message = opened.page.locator("[data-testid='stAlert']").inner_text()
    assert "bad.csv, line 2" in message
    good = "stage,term,raw,weight,target_low,target_high\n1,atom,2,1,50,70\n1,pair,1,1,30,50\n"
    upload(opened, 0, "good.csv", good.encode())
    expect(opened.page.locator("[data-testid='stMetricValue']").first).to_have_text("1 of 1")
    assert opened.errors == []
