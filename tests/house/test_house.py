"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tools.page_map import named_pages, page_entries

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in (ROOT / "pages").glob("*.py"))
CORE = sorted((ROOT / "core").rglob("*.py"))
PARTS = sorted((ROOT / "pages" / "ui").rglob("*.py"))
PAGE_LINES, MODULE_LINES = 120, 400


def test_every_page_file_is_on_the_map_with_an_explicit_address():
    entries = page_entries()
    assert named_pages() == {p.stem: f"pages/{p.name}" for p in PAGES}
    assert [e["file"] for e in entries if e.get("default")] == ["pages/overview.py"]


def test_app_is_a_map_without_logic():
    text = (ROOT / "app.py").read_text()
    assert len(text.splitlines()) < 40
    assert not any(
        isinstance(n, ast.If | ast.For | ast.FunctionDef) for n in ast.walk(ast.parse(text))
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_a_page_is_short_and_holds_no_figure_and_no_sql(path: Path):
    text = path.read_text()
    assert len(text.splitlines()) <= PAGE_LINES
    assert "go.Figure" not in text
    assert "plotly" not in text
    assert "torch" not in text
    assert not re.search(r"\bSELECT\b|\bINSERT\b", text)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_a_page_begins_with_open_page(path: Path):
    """On a cold server a deep link runs the page file alone; nothing of app.py has happened."""
    calls = [
        node for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "open_page"
    ]  # fmt: skip
    assert len(calls) == 1


@pytest.mark.parametrize("path", [*CORE, *PARTS], ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_stay_readable(path: Path):
    assert len(path.read_text().splitlines()) <= MODULE_LINES


def test_whatever_is_imported_stands_in_the_requirements():
    """What only the tests install would be missing for whoever just starts the dashboard."""
    named = (ROOT / "requirements.txt").read_text().splitlines()
    extras = (ROOT / "tools" / "requirements-sentences.txt").read_text().splitlines()
    allowed = {line.split("==")[0].lower() for line in (*named, *extras) if "==" in line}
    of_module = packages_distributions()
    missing = {
        module
        for path in (*CORE, *PARTS, *PAGES, ROOT / "app.py")
        for module in _imported(path) - sys.stdlib_module_names - {"core", "pages"}
        if not allowed
        & {name.lower() for name in of_module.get(module, [module.replace("_", "-")])}
    }
    assert not missing


def _imported(path: Path) -> set[str]:
    """Give the top names of all modules that a file imports, inside functions too."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    of = {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module and not n.level}
    return {name.split(".")[0] for name in plain | of}


def test_the_tree_of_the_readme_is_the_tree():
    tree = (ROOT / "README.md").read_text().split("```text")[1].split("```")[0]
    named = {line.split()[0].rstrip("/") for line in tree.splitlines() if line.strip()}
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    top = {name.split("/")[0] for name in tracked}
    hidden = {".gitignore", ".streamlit", ".ci"}
    assert top - hidden <= named
    rooms = {
        "/".join(n.split("/")[:2]) for n in tracked if n.startswith("core/") and n.count("/") > 1
    }
    assert rooms <= named


def test_every_dependency_has_its_line_of_reasons():
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith("#"):
                package, _, version = line.partition("==")
                assert version, f"{name}: {package} is not pinned"
                assert f"| {package} |" in reasons, f"docs/dependencies.md does not name {package}"


def test_core_installs_and_imports_from_another_folder(tmp_path: Path):
    script = tmp_path / "elsewhere.py"
    script.write_text(
        "import torch\n"
        "from core.losses.gaussian import gaussian_cosine\n"
        "from core.losses.peaks import pad_peaks\n"
        "import numpy as np\n"
        "peaks = pad_peaks([np.array([100.0])], [np.array([1.0])])\n"
        "print(float(gaussian_cosine(peaks, peaks, sigma_da=0.05)))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(0.0, abs=1e-9)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "lossoscope"


def test_no_leftovers():
    words = re.compile(r"\b(TODO|FIXME|XXX)\b|_old\b|_v2\b|NotImplementedError")
    for path in [*CORE, *(ROOT / "pages").rglob("*.py"), ROOT / "app.py"]:
        assert not words.search(path.read_text()), path


def test_every_problem_is_an_experiment_and_every_experiment_a_problem():
    from core.problems.experiments import EXPERIMENTS  # noqa: PLC0415 - torch only where needed

    folders = {p.parent.name for p in (ROOT / "core" / "problems").glob("*/__init__.py")}
    assert {name.split("_")[0] for name in EXPERIMENTS} == folders


def test_every_command_stands_in_the_readme():
    text = (ROOT / "README.md").read_text()
    told = subprocess.run(
        [sys.executable, "-m", "core", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    commands = re.findall(r"^    ([a-z]+) ", told, flags=re.MULTILINE)
    assert len(commands) >= 6
    hidden = {"run"}  # what the page calls for each run
    assert [c for c in commands if f"python -m core {c}" not in text and c not in hidden] == []
