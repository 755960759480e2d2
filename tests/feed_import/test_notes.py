"""Foreign show notes become Markdown that our show notes accept: no word is lost, nothing runs."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.feed_import.notes import plain_of, read_notes
from pipeline.notes.shownotes import render_shownotes
from pipeline.values.audio import AudioSettings
from pipeline.values.show import Episode, SpeechSettings

CASES = {
    "paragraphs": ("<p>Eins</p><p>Zwei</p>", "Eins\n\nZwei\n"),
    "gender star": ("<p>Hörer*innen und Gäst_innen</p>", "Hörer*innen und Gäst_innen\n"),
    "own link": ('<p><a href="https://h.example/">https://h.example/</a></p>', "<https://h.example/>\n"),
    "link": ('<a href="https://h.example/a b(c)">Text</a>', "[Text](https://h.example/a%20b%28c%29)\n"),
    "mail": ('<a href="mailto:post@h.example">Post</a>', "[Post](mailto:post@h.example)\n"),
    "relative link": ('<a href="/x">Text</a>', "[Text](https://base.example/x)\n"),
    "script link": ('<a href="javascript:alert(1)">Text</a>', "Text\n"),
    "data link": ('<a href="data:text/html,x">Text</a>', "Text\n"),
    "broken link": ('<a href="http://[x">Text</a>', "Text\n"),
    "anchor": ('<a name="oben">Text</a>', "Text\n"),
    "script": ("<p>a</p><script>alert(1)</script><style>p{}</style>", "a\n"),
    "handler": ('<p onclick="alert(1)">a</p>', "a\n"),
    "picture": ('<p>a <img src="https://h.example/x.gif" alt="Bild" onerror="alert(1)"></p>', "a\n"),
    "list": ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n    - b\n- c\n"),
    "numbers": ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b\n"),
    "lines": ("<p>a<br>b</p>", "a  \nb\n"),
    "heading": ("<h3>Links</h3><p>a</p>", "### Links\n\na\n"),
    "plain": ("Zwei\nZeilen\n\nund ein Absatz & <3", "Zwei  \nZeilen\n\nund ein Absatz & <3\n"),
    "plain with entities": ("Tom &amp; Tina &#8211; <3", "Tom & Tina – <3\n"),
    "empty": ("  ", ""),
    "only a picture": ('<img src="https://h.example/x.gif">', ""),
}


@pytest.mark.parametrize("name", CASES)
def test_foreign_notes_become_markdown(name: str) -> None:
    html, expected = CASES[name]
    assert read_notes(html, base="https://base.example/feed").markdown == expected


def test_what_cannot_be_kept_is_reported_once() -> None:
    html = '<p>a<img src="x"><img src="y"></p><iframe src="https://h.example"></iframe><script>x</script>'
    assert set(read_notes(html, base="").losses) == {
        "Bilder in den Notizen",
        "eingebettete Seiten in den Notizen",
        "Skripte in den Notizen",
    }


def test_notes_without_a_known_address_lose_relative_links_and_report_it() -> None:
    notes = read_notes('<a href="/x">Text</a>', base="")
    assert (notes.markdown, len(notes.losses)) == ("Text\n", 1)


@pytest.mark.parametrize("depth", [50, 400, 20_000])
def test_deeply_nested_notes_keep_their_words(depth: int) -> None:
    notes = read_notes("<div>" * depth + "Guten Tag" + "</div>" * depth, base="")
    assert notes.markdown.strip() == "Guten Tag"


@pytest.mark.filterwarnings("error")
def test_html_or_plain_text_becomes_one_line() -> None:
    assert plain_of("https://h.example/?a=1&amp;b=2") == "https://h.example/?a=1&b=2"
    assert plain_of("<p>a</p>\n<p>b &amp; c</p><script>x</script>") == "a b & c"
    assert plain_of(" a\n b ") == "a b"


HOSTILE = ["<", ">", "&", '"', "'", "(", ")", "[", "]", "!", "*", "_", "`", "\\", "#", "\n", " ", "a", "ä", "1. ", "- "]
HOSTILE += [
    "<script>",
    "</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>",
    "</a>",
    "<p>",
    "<!--",
]
HOSTILE += ["javascript:alert(1)", "<svg onload=alert(1)>", "<![CDATA[", "]]>", "<a href=", "&lt;script&gt;", "\x00"]


@given(st.lists(st.sampled_from(HOSTILE), max_size=30).map("".join))
@example("<a href=<javascript:alert(1)><")
def test_nothing_in_foreign_notes_ever_runs(html: str) -> None:
    markdown = read_notes(html, base="https://base.example/").markdown
    shown = render_shownotes(markdown, episode=EPISODE, duration_s=10).html
    tags = re.findall(r"<(\w+)([^>]*)>", shown)
    assert {name for name, _ in tags} <= {
        "p",
        "br",
        "hr",
        "strong",
        "em",
        "code",
        "a",
        "ul",
        "ol",
        "li",
        "blockquote",
        "h3",
        "h4",
    }
    # "javascript:" inside a path runs nothing; as the scheme of an address it would.
    assert not any(re.search(r"\bon\w+\s*=|=\s*[\"']?\s*javascript:", attributes) for _, attributes in tags)


@given(
    st.lists(st.sampled_from(["Hörer*innen", "Arbeit", "4.0", "a_b", "(x)", "31.", "Mai", "#MV", "und", "–", "„so“"]))
)
def test_no_word_of_a_paragraph_is_lost(words: list[str]) -> None:
    notes = read_notes(f"<p>{' '.join(words)}</p>", base="")
    shown = render_shownotes(notes.markdown, episode=EPISODE, duration_s=10).html
    assert plain_of(shown).split() == words


EPISODE = Episode(
    folder="001-probe",
    slug="probe",
    title="Probe",
    summary="",
    guid="x",
    published=None,
    draft=True,
    example=False,
    number=1,
    season=None,
    episode_type="full",
    speakers=(),
    recording="",
    tracks=(),
    chapters=(),
    not_labels=(),
    cover="",
    audio=AudioSettings(),
    speech=SpeechSettings(),
)
