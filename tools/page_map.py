"""The `st.Page` lines of app.py, read without running them."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def page_entries() -> list[dict[str, str]]:
    """Give the file and the keyword arguments of each `st.Page` line, in order."""
    entries = []
    for node in ast.walk(ast.parse((ROOT / "app.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page":
            values = {k.arg: ast.literal_eval(k.value) for k in node.keywords if k.arg}
            entries.append({"file": ast.literal_eval(node.args[0]), **values})
    return entries


def named_pages() -> dict[str, str]:
    """Give the file of each page by its address; the default page has a named address too."""
    return {e["url_path"]: e["file"] for e in page_entries() if not e.get("default")}
