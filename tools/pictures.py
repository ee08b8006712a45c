"""Take a picture of every page, light and dark: `python -m tools.pictures FOLDER`."""

import sys
import tempfile
from pathlib import Path

from tools.dashboard import running_browser, running_server, settle
from tools.page_map import named_pages

DRAWN_MS = 800  # after the charts are there, fonts and tables need a moment


def take_pictures(folder: Path) -> None:
    """Write <page>_<scheme>.png of 1280 x 800 for every page."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        running_server(Path(home)) as address,
        running_browser() as browser,
    ):
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": 1280, "height": 800}, color_scheme=scheme
            )
            page = context.new_page()
            page.goto(address)  # until the root is opened there is no navigation
            settle(page)
            for name in named_pages():
                page.goto(f"{address}/{name}")
                settle(page)
                page.wait_for_timeout(DRAWN_MS)
                page.screenshot(path=folder / f"{name}_{scheme}.png")
            context.close()


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]))
