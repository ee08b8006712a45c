"""Text of a person as HTML: Markdown without HTML, without pictures from elsewhere."""

from typing import Final

from markdown_it import MarkdownIt

# Pictures would be fetched from the network; what looks like HTML is shown as it is written.
PARSER: Final = (
    MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
)
TITLE_LEVELS: Final = 2  # of the report, and of the section


def markdown_html(text: str) -> str:
    r"""Render Markdown; headings stand below those of the section.

    Example:
        >>> print(markdown_html("# A *b* <i>c</i>").strip())
        <h3>A <em>b</em> &lt;i&gt;c&lt;/i&gt;</h3>
    """
    tokens = PARSER.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1:]) + TITLE_LEVELS, 6)}"
    return str(PARSER.renderer.render(tokens, PARSER.options, {}))
