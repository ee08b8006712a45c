"""What a report file holds, read with Python's own parser."""

import base64
import csv
import io
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page(HTMLParser):
    """Tags with their attributes, the charts' data, tables and visible text of a file."""

    html: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    charts: list[dict] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    files: dict[str, list[list[str]]] = field(default_factory=dict)
    text: str = ""

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)
        self.inside: list[str] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append((tag, told))
        if tag not in {"meta", "br", "hr", "link", "img"}:
            self.inside.append("json" if "data-chart" in told else tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")
        elif tag == "a" and told.get("download", "").endswith(".csv"):
            content = base64.b64decode(told["href"].split("base64,")[1]).decode()
            self.files[f"{len(self.files)}-{told['download']}"] = list(
                csv.reader(io.StringIO(content))
            )

    def handle_endtag(self, tag: str) -> None:
        self.inside.pop()

    def handle_data(self, data: str) -> None:
        where = self.inside[-1] if self.inside else ""
        if where == "json":
            self.charts.append(json.loads(data))
        elif where == "script":
            self.scripts.append(data)
        elif where != "style":
            self.text += data
            if {"td", "th"} & set(self.inside):
                self.tables[-1][-1][-1] += data

    def named(self, tag: str) -> list[dict[str, str]]:
        return [told for name, told in self.tags if name == tag]
