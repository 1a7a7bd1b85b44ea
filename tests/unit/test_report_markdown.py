"""Reports as Markdown, read back by a Markdown parser where it matters what a reader will see."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token as Node

from capplan.message import Block, Bullets, Measure, Outline, Section, Table, Token, paragraph, say
from capplan.report.markdown import render
from capplan.words import LANGUAGES, Words

HOSTILE = (
    "a | b",
    "*bold* _it_ __x__ ~~gone~~",
    "<script>alert(1)</script>",
    "<!-- gone",
    "<b>bold</b><br/>",
    "![i](http://x) [l](http://x) [x]: y",
    "# title",
    "- point",
    "+ point",
    "1. point",
    "2) point",
    "---",
    "> quote",
    "`code` and ``more``",
    "back\\slash \\| \\` \\",
    "&lt; &amp;",
    "line\n\n# title",
    "C#",
    "گزارش | دستی",
)
NAMES = st.one_of(
    st.sampled_from(HOSTILE), st.text(st.sampled_from("ab1 \\`*_{}[]<>()#+-.!|~&$=:;\"'/\n\tگ"), max_size=30)
)


def _outline(*blocks: Block) -> Outline:
    return Outline(say("report-title", service=Token("shop")), (Section("gpu", say("gpu-title"), blocks),))


def _nodes(text: str) -> list[Node]:
    """Return what a reader of GitHub's Markdown gets, blocks and what is inside them in one list."""
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [each for node in parsed for each in (node, *(node.children or ()))]


def _shape(text: str) -> list[str]:
    return [node.type for node in _nodes(text) if node.type not in {"text", "text_special"}]


def _shown(text: str) -> str:
    """Return the text a reader sees, bidi controls aside."""
    seen = "".join(
        node.content for node in _nodes(text) if node.type in {"text", "text_special", "code_inline"}
    )
    return re.sub("[\u2066-\u2069]", "", seen)


def _clean(name: str) -> str:
    return re.sub("[\n\t]+", " ", name).strip()


def test_whole_report() -> None:
    """A report is a title, sections, paragraphs, points and tables, one blank line apart."""
    text = render(
        _outline(
            paragraph(say("contradictions-none"), say("cores-help")),
            Bullets((say("alert-cpu", threshold=Measure(0.4, "ratio"), key=Token("a.b", code=True)),)),
            Table((say("column-part"), say("column-value")), ((say("total"), Measure(2, "GiB")),)),
        ),
        Words("en"),
    )
    expected = (
        "# Server sizing of shop\n\n## 7. GPU\n\nNone found. More vCPU would help.\n\n"
        "- CPU utilization in the busiest hour, bursts aside: 40 % (`a.b`).\n\n"
        "| Part | Value |\n| --- | --- |\n| total | 2 GiB |\n"
    )
    assert expected == text


def test_right_to_left() -> None:
    """A Persian report stands in a right-to-left element, blank lines around, so that its Markdown is still read."""
    text = render(_outline(Bullets((say("cores-help"),))), Words("fa"))
    assert ['<div dir="rtl" lang="fa">', ""] == text.splitlines()[:2]
    assert ["", "</div>"] == text.splitlines()[-2:]
    assert 1 == _shape(text).count("bullet_list_open")
    assert 2 == _shape(text).count("heading_open")


@pytest.mark.parametrize("language", LANGUAGES)
@given(name=NAMES.filter(_clean))
def test_names_stay_text(language: str, name: str) -> None:
    """Whatever Markdown or HTML a name contains, a reader sees the name, and the report keeps its shape."""
    words = Words(language)

    def report(token: Token) -> str:
        said = say("gpu-maybe", libraries=token)
        table = Table((say("column-part"), say("total")), ((token, Measure(1, "cores")), (said, token)))
        return render(_outline(paragraph(said), Bullets((said,)), table), words)

    plain = report(Token("name"))
    text = report(Token(name))
    assert _shape(plain) == _shape(text)
    assert _shown(plain).replace("name", re.sub(" +", " ", _clean(name))) == re.sub(" +", " ", _shown(text))


@pytest.mark.parametrize("language", LANGUAGES)
@given(name=NAMES.filter(_clean))
def test_code_stays_code(language: str, name: str) -> None:
    """A token that is code is shown as one span of code, letter by letter, in a sentence and in a table."""
    token = Token(name, code=True)
    table = Table((say("column-part"), say("total")), ((token, Measure(1, "cores")),))
    text = render(_outline(paragraph(say("derivation-of", key=token)), table), Words(language))
    code = [node.content for node in _nodes(text) if node.type == "code_inline"]
    assert [_clean(name)] * 2 == code


def test_title_is_one_line() -> None:
    """A heading ends where its line ends, with the hash of a name that ends in one."""
    text = render(Outline(say("report-title", service=Token("C #")), ()), Words("en"))
    assert "Server sizing of C #" == _shown(text)
