import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.report.markdown import markdown_html
from tests.core.report.reading import Page

TAGS = {"p", "strong", "em", "s", "a", "ul", "ol", "li", "code", "pre", "blockquote", "hr", "br",
        "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        '[a](https://x.example "\\" onmouseover=alert(1)")',
        "![p](http://a.example/p.png)",
        "`</code><script>alert(1)</script>`",
        "```\n</pre><script>alert(1)</script>\n```",
        '```"><script>\nx\n```',
    ],
)
def test_nothing_of_it_is_run_or_fetched(text):
    page = Page(markdown_html(text))
    assert {tag for tag, _ in page.tags} <= TAGS
    for _, told in page.tags:
        assert told.keys() <= {"href", "title", "class"}
        assert not told.get("href", "").startswith(("javascript", "data"))


@given(st.text(alphabet="<>&\"'`*_[](){}#|-~! \nabscript:/=", max_size=200))
def test_only_known_tags_come_out(text):
    assert set(re.findall(r"</?([a-z0-9]+)", markdown_html(text))) <= TAGS


def test_markdown_is_rendered_below_the_headings_of_the_report():
    html = markdown_html("# A\n\n## B\n\n##### C\n\n**b** ~~c~~\n\n| x |\n|---|\n| 1 |\n")
    for piece in ("<h3>A</h3>", "<h4>B</h4>", "<h6>C</h6>", "<strong>b</strong>", "<s>c</s>",
                  "<td>1</td>"):  # fmt: skip
        assert piece in html


def test_long_text_is_rendered():
    assert markdown_html("x" * 50_000).count("x") == 50_000
