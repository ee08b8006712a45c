"""How long a page takes to open, told by the page: no debugger is attached to the browser.

A debugger, and Playwright is one, makes V8 keep the positions of all functions that a script is in
while it asks for a file: the bundle of a chart is parsed four more times. An extension looks at
each frame instead, and tells when what was waited for is in it.
"""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from tools.dashboard import FLAGS

LIMIT_S = 120
REST_MS = 2_500  # between the start of the browser and the opening
STAY_S = 3.0  # a browser keeps what it has compiled a moment after it was needed
LOCAL = "http://127.0.0.1/*"
WAITING = """<script>setTimeout(() => location.href = {address}, {rest})</script>"""
# A frame is looked at before it is painted: what is in it then is seen with it.
LOOK = """if (location.port !== '{port}') {{
  const isThere = {is_there};
  const look = () => isThere() ? chrome.runtime.sendMessage(performance.now())
                               : requestAnimationFrame(look);
  look();
}}"""
TELL = "chrome.runtime.onMessage.addListener(ms => {{ fetch('{address}/told?ms=' + ms) }})"


class Openings:
    """Opens pages, each in a browser that starts anew and then rests.

    Args:
        folder: An empty one, for the extension and the profiles.
        browser: The Chromium that is started.
    """

    def __init__(self, folder: Path, browser: str) -> None:
        self.folder, self.browser = folder, browser
        self._told = threading.Event()
        self._seconds = 0.0
        self._address = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._own = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def listening(self) -> Iterator["Openings"]:
        """Listen to what the browsers tell."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def open(self, address: str, is_there: str, *, profile: str) -> float:
        """Give the seconds from asking for an address to the frame that was waited for.

        Args:
            address: Of the page.
            is_there: A function of JavaScript that says whether the frame has it.
            profile: Name of the browser's folder: a new one has nothing in its caches.

        Raises:
            TimeoutError: It did not come within two minutes.
        """
        self._address = address
        self._told.clear()
        extension = self._extension(is_there)
        folders = [f"--user-data-dir={self.folder / profile}", f"--load-extension={extension}",
                   f"--disable-extensions-except={extension}"]  # fmt: skip
        process = subprocess.Popen(
            [self.browser, *FLAGS, "--window-size=1280,800", *folders, self._own],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            if not self._told.wait(LIMIT_S):
                raise TimeoutError(f"{address} did not show what was waited for in {LIMIT_S} s")
            time.sleep(STAY_S)
            return self._seconds
        finally:
            process.terminate()
            process.wait(timeout=20)

    def told(self, seconds: float) -> None:
        """Take what a page told."""
        self._seconds = seconds
        self._told.set()

    def waiting_page(self) -> str:
        """Give the page that rests and then goes on."""
        return WAITING.format(address=json.dumps(self._address), rest=REST_MS)

    def _extension(self, is_there: str) -> Path:
        folder = self.folder / "extension"
        folder.mkdir(exist_ok=True)
        manifest = {
            "manifest_version": 3, "name": "When is it there?", "version": "1",
            "host_permissions": [LOCAL], "background": {"service_worker": "tell.js"},
            "content_scripts": [
                {"matches": [LOCAL], "js": ["look.js"], "run_at": "document_start"}
            ],
        }  # fmt: skip
        look = LOOK.format(port=self._server.server_port, is_there=is_there)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        (folder / "look.js").write_text(look)
        (folder / "tell.js").write_text(TELL.format(address=self._own))
        return folder


def _handler(openings: Openings) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlparse(self.path)
            if asked.path == "/told":
                openings.told(float(parse_qs(asked.query)["ms"][0]) / 1000)
            content = openings.waiting_page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
