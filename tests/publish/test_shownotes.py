"""Show notes: German prose stays intact, and nothing dangerous gets through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from publish_samples import EPISODE, GUEST, episode

from pipeline.notes.foreign import unread_marks
from pipeline.notes.plain import plain_text
from pipeline.notes.shownotes import TEXT_LIMIT_BYTES, render_shownotes, whole_html
from pipeline.values.show import Chapter

if TYPE_CHECKING:
    from pipeline.values.published import ShowNotes
    from pipeline.values.show import Episode

SHORT = episode(summary="Kurz.", chapters=(), speakers=(GUEST,))
ALLOWED_TAGS = {"p", "br", "hr", "strong", "em", "code", "a", "ul", "ol", "li", "blockquote", "h3", "h4"}
ALLOWED_TAGS |= {"span"}  # only around passages in another language
ALLOWED_ATTRIBUTES = {"href", "title", "rel", "lang"}


def notes(markdown: str | None, of: Episode = SHORT) -> ShowNotes:
    return render_shownotes(markdown, episode=of, duration_s=100.0)


def html(markdown: str) -> str:
    return notes(markdown).html


NESTED = "<ul>\n<li>a<ul>\n<li>b</li>\n<li>c</li>\n</ul>\n</li>\n<li>d</li>\n</ul>"
BELOW_NUMBERS = "<ol>\n<li>a</li>\n<li>b<ul>\n<li>c</li>\n</ul>\n</li>\n</ol>\n<ul>\n<li>d</li>\n</ul>"


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("Mitarbeiter*innen und Unternehmer*innen", "<p>Mitarbeiter*innen und Unternehmer*innen</p>"),
        ("Die *Mitarbeiter*innen* kommen", "<p>Die <em>Mitarbeiter*innen</em> kommen</p>"),
        ("**Unternehmer*innen** hier", "<p><strong>Unternehmer*innen</strong> hier</p>"),
        ("Hörer_innen und Zuhörer_innen", "<p>Hörer_innen und Zuhörer_innen</p>"),
        ("Hörer:innen, ein*e Kolleg*in", "<p>Hörer:innen, ein*e Kolleg*in</p>"),
        ("*kursiv*, **fett**, _auch_ und __auch__", None),
        ("31. Mai ist\nein Tag", "<p>31. Mai ist\nein Tag</p>"),
        ("Am\n31. Mai", "<p>Am\n31. Mai</p>"),
        ("1. Mai\n2. Mai", "<p>1. Mai\n2. Mai</p>"),
        ("1. Sept. hier\n2. Okt. dort", "<p>1. Sept. hier\n2. Okt. dort</p>"),
        ("1. Platz für alle", "<p>1. Platz für alle</p>"),
        ("2026. Ein Jahr\n2027. Noch eins", "<p>2026. Ein Jahr\n2027. Noch eins</p>"),
        ("> 31. Mai", "<blockquote>\n<p>31. Mai</p>\n</blockquote>"),
        ("- 31. Mai: A\n- 1. Juni: B", "<ul>\n<li>31. Mai: A</li>\n<li>1. Juni: B</li>\n</ul>"),
        ("1. 31. Mai\n2. 4. Juni", "<ol>\n<li>31. Mai</li>\n<li>4. Juni</li>\n</ol>"),
        ("1. Mailand\n2. Jana", "<ol>\n<li>Mailand</li>\n<li>Jana</li>\n</ol>"),
        ("1. eins\n\n2. zwei", "<ol>\n<li>\n<p>eins</p>\n</li>\n<li>\n<p>zwei</p>\n</li>\n</ol>"),
        ("1. eins\n\nText\n\n2. zwei", "<p>1. eins</p>\n<p>Text</p>\n<p>2. zwei</p>"),
        ("1. a\n    1. b\n    2. c\n2. d", "<ol>\n<li>a<ol>\n<li>b</li>\n<li>c</li>\n</ol>\n</li>\n<li>d</li>\n</ol>"),
        ("Links:\n- a\n- b\n\nEnde", "<p>Links:</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>Ende</p>"),
        ("Drei:\r\n1. a\r\n2. b", "<p>Drei:</p>\n<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("#digitalesMV", "<p>#digitalesMV</p>"),
        ("# Titel\n\n### Tiefer", "<h3>Titel</h3>\n<h4>Tiefer</h4>"),
        ("    eingerückt", "<p>eingerückt</p>"),
        ("- a\n  - b\n  - c\n- d", NESTED),
        ("- a\n   - b\n   - c\n- d", NESTED),
        ("- a\n\t- b\n\t- c\n- d", NESTED),
        ("1. a\n  - b\n2. c", "<ol>\n<li>a<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ol>"),
        ("- a\n  1. b\n  2. c", "<ul>\n<li>a<ol>\n<li>b</li>\n<li>c</li>\n</ol>\n</li>\n</ul>"),
        ("- a\n1. b\n2. c", "<ul>\n<li>a</li>\n</ul>\n<ol>\n<li>b</li>\n<li>c</li>\n</ol>"),
        ("- a\n  1. x\n  2. y\n- b", "<ul>\n<li>a<ol>\n<li>x</li>\n<li>y</li>\n</ol>\n</li>\n<li>b</li>\n</ul>"),
        ("1. a\n2. b\n  - c\n- d", BELOW_NUMBERS),
        ("- a\n\n  b\n- c", "<ul>\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>\n</ul>"),
        ("Das:\n- [ ] a\n- [x] b", "<p>Das:</p>\n<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>"),
        (
            "| A | B |\n|---|:-:|\n| 1 | **2** |\n| 3 | |\nDanach",
            "<p>A: 1 · B: <strong>2</strong><br>\nA: 3</p>\n<p>Danach</p>",
        ),
        ("A | B\n--|--\n1 | 2\\|3", "<p>A: 1 · B: 2|3</p>"),
        ("a | b\n---", "<h3>a | b</h3>"),
        ("`31. Mai *x*`", "<p><code>31. Mai *x*</code></p>"),
        ("z. B. 5 < 7 & „Maß“ ]]>", "<p>z. B. 5 &lt; 7 &amp; „Maß“ ]]&gt;</p>"),
    ],
)
def test_german_prose_stays_intact(markdown: str, expected: str | None) -> None:
    if expected is None:
        expected = "<p><em>kursiv</em>, <strong>fett</strong>, <em>auch</em> und <strong>auch</strong></p>"
    assert html(markdown) == expected + "\n"


@pytest.mark.parametrize(
    ("markdown", "href", "text"),
    [
        ("[Text](https://example.org/a_b*c?d=1&e=2)", "https://example.org/a_b*c?d=1&e=2", "Text"),
        ("siehe https://example.org/a_b*c*d.", "https://example.org/a_b*c*d", "https://example.org/a_b*c*d"),
        ("(https://example.org)", "https://example.org", "https://example.org"),
        ("https://example.org/a_(b)", "https://example.org/a_(b)", "https://example.org/a_(b)"),
        ("<https://example.org/>", "https://example.org/", "https://example.org/"),
        ("[https://example.org](https://example.org)", "https://example.org", "https://example.org"),
        ("[Post](mailto:a@example.org)", "mailto:a@example.org", "Post"),
        ("Mehr: www.example.org/a_b_c.", "https://www.example.org/a_b_c", "www.example.org/a_b_c"),
        ("An a_b.c@post.example.org, bitte", "mailto:a_b.c@post.example.org", "a_b.c@post.example.org"),
        ("<a@example.org>", "mailto:a@example.org", "a@example.org"),
        ("https://a@example.org/x", "https://a@example.org/x", "https://a@example.org/x"),
        ("[www.example.org](https://example.org/)", "https://example.org/", "www.example.org"),
    ],
)
def test_links_are_kept_and_send_no_referrer(markdown: str, href: str, text: str) -> None:
    (link,) = lxml.html.fromstring(html(markdown)).xpath("//a")
    assert (link.get("href"), link.text_content(), link.get("rel")) == (href, text, "noopener noreferrer")


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "Text <ScRiPt src=//example.org/x.js></sCrIpT>",
        "<img src=x onerror=alert(1)>",
        "![Bild](https://example.org/pixel.gif)",
        "![Bild][1]\n\n[1]: https://example.org/pixel.gif",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "<a href='javascript:alert(1)' onclick=x()>x</a>",
        '[x](https://example.org "a\\" onmouseover=alert(1) b=\\"")',
        "<style>p{display:none}</style>",
        '<p style="position:fixed">x</p>',
        "<iframe src=https://example.org></iframe>",
        "<svg/onload=alert(1)>",
        "`<script>alert(1)</script>`",
        "<!-- --><script>alert(1)</script>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "[x][1]\n\n[1]: javascript:alert(1)",
    ],
)
def test_nothing_dangerous_gets_through(markdown: str) -> None:
    assert_harmless(html(markdown))
    assert_harmless(whole_html(html(markdown), episode=EPISODE, chapters=EPISODE.chapters))


def assert_harmless(fragment: str) -> None:
    root = lxml.html.fragment_fromstring(fragment, create_parent="div")
    for element in root.iterdescendants():
        assert element.tag in ALLOWED_TAGS
        assert set(element.attrib) <= ALLOWED_ATTRIBUTES
        assert re.match(r"https?:|mailto:|tel:|\Z", element.get("href", ""))
    assert "<script" not in fragment.lower()


@pytest.mark.parametrize(
    "markdown", ["@klara@social.example", "a @ b.de", "www. ist kein Anfang", "a@b", "xwww.example.org"]
)
def test_what_is_no_address_becomes_no_link(markdown: str) -> None:
    assert "<a" not in html(markdown)


def test_a_bare_address_is_not_repeated_in_plain_text() -> None:
    assert plain_text(html("www.example.org und a@example.org")) == "www.example.org und a@example.org"


def test_typed_html_is_shown_and_not_lost() -> None:
    assert html("Das Element <b> macht fett.") == "<p>Das Element &lt;b&gt; macht fett.</p>\n"


SIGNS = tuple('*_`#>-+[]()!<&\\|~:. \n\t01;"\r\x00\x02\x03')
PIECES = (
    "31. ",
    "1. ",
    "\n\n",
    "    ",
    "<script>",
    "</p>",
    "<!--",
    "![",
    "](",
    "ä*in",
    "https://",
    "javascript:",
    "[x]: ",
)
MARKDOWN = st.lists(st.sampled_from((*SIGNS, *PIECES, "&#", "wort", "---", "```"))).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(MARKDOWN, st.text(max_size=200)))
def test_no_markdown_breaks_or_endangers_a_reader(markdown: str) -> None:
    made = notes(markdown)
    if made.html:
        assert_harmless(made.html)
    assert len(made.text.encode("utf-8")) <= TEXT_LIMIT_BYTES + 1


WORDS = st.sampled_from(
    ["Mitarbeiter*innen", "31.", "Mai", "1.", "Hörer_innen", "z.", "B.", "#MV", "4.0", "Müller", "–"]
)


@settings(deadline=None)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=6))
def test_every_word_of_plain_german_lines_arrives_once_and_in_order(lines: list[str]) -> None:
    """List numbers count as words; they only stay where they would be shown the same."""
    text = "\n".join(lines)
    assert plain_text(html(text)).split() == text.split()


def test_the_text_has_summary_notes_chapters_and_people() -> None:
    of = episode(chapters=(Chapter(start_s=0.0, title="Begrüßung"), Chapter(start_s=75.9, title="Leitungen")))
    assert notes("Mehr: [Seite](https://example.org/)\n\n- eins\n- zwei", of).text == (
        "Worum es geht: schnelle Leitungen.\n\n"
        "Mehr: Seite (https://example.org/)\n\n• eins\n• zwei\n\n"
        "Kapitel:\n00:00 Begrüßung\n01:15 Leitungen\n\n"
        "Mitwirkende:\nStimme Eins (Moderation)\nStimme Zwei (zu Gast, Werft & Co)\n"
    )


@pytest.mark.parametrize("markdown", [None, "", "  \n\n"])
def test_an_episode_without_notes_still_has_its_summary_and_people(markdown: str | None) -> None:
    made = notes(markdown)
    assert made.html == ""
    assert made.text == "Kurz.\n\nMitwirkende:\nStimme Zwei (zu Gast, Werft & Co)\n"


def test_a_long_text_is_cut_before_the_chapters() -> None:
    of = episode(chapters=(Chapter(start_s=0.0, title="Erstes"), Chapter(start_s=9.0, title="Zweites")))
    text = notes("Größe zählt. " * 600, of).text
    assert 3450 < len(text.encode("utf-8")) <= TEXT_LIMIT_BYTES + 1
    assert "…\n\nKapitel:\n00:00 Erstes\n00:09 Zweites\n\nMitwirkende:\n" in text


def test_even_too_many_chapters_keep_the_limit() -> None:
    of = episode(chapters=tuple(Chapter(start_s=float(i), title="Kapitel " * 10) for i in range(99)))
    text = notes("Text", of).text
    assert len(text.encode("utf-8")) <= TEXT_LIMIT_BYTES + 1
    assert text.endswith("…\n")


def test_the_whole_html_has_times_links_and_people_escaped() -> None:
    of = episode(
        summary="Über <b> & „Maß“", chapters=(Chapter(start_s=61.0, title="a & <b>", url="https://example.org/?a=1&b"),)
    )
    made = whole_html("<p>Notizen</p>\n", episode=of, chapters=of.chapters)
    assert made.splitlines() == [
        "<p>Über &lt;b&gt; &amp; „Maß“</p>",
        "<p>Notizen</p>",
        "<p><strong>Kapitel</strong><br>",
        '01:01 <a href="https://example.org/?a=1&amp;b" rel="noopener noreferrer">a &amp; &lt;b&gt;</a></p>',
        "<p><strong>Mitwirkende</strong></p>",
        "<ul>",
        '<li><a href="https://example.org/eins" rel="noopener noreferrer">Stimme Eins</a> (Moderation)</li>',
        "<li>Stimme Zwei (zu Gast, Werft &amp; Co)</li>",
        "</ul>",
    ]


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("<p>a\n  b</p><p>c<br>d</p>", "a b\n\nc\nd"),
        ("<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "1. a\n• b\n2. c"),
        ("<ul><li><p>a</p></li><li><p>b</p></li></ul><p>c</p>", "• a\n• b\n\nc"),
        (
            '<p><a href="https://example.org">hier</a> und <a href="tel:0815">0815</a></p>',
            "hier (https://example.org) und 0815",
        ),
        ("<blockquote><p>x</p></blockquote><hr><h3>y &amp; z</h3>", "x\n\ny & z"),
        ("<p>a\u00a0b</p>", "a\u00a0b"),
        ("<p><a>ohne Ziel</a></p>", "ohne Ziel"),
        ("", ""),
    ],
)
def test_html_becomes_plain_text(fragment: str, expected: str) -> None:
    assert plain_text(fragment) == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("Über [en: public *money*].", '<p>Über <span lang="en">public <em>money</em></span>.</p>'),
        ("[en: Public money]: gut", '<p><span lang="en">Public money</span>: gut</p>'),  # no name of a link
        ("[en-gb: A [x] b] c", '<p><span lang="en-GB">A [x] b</span> c</p>'),
        ("**[fr: les amis]**", '<p><strong><span lang="fr">les amis</span></strong></p>'),
        ("`[en: code]`", "<p><code>[en: code]</code></p>"),
        ("- [en: eins\n- zwei]", "<ul>\n<li>[en: eins</li>\n<li>zwei]</li>\n</ul>"),
        ("[xx: nein] und [en: offen", "<p>[xx: nein] und [en: offen</p>"),
        ("[IT: die Abteilung]", "<p>[IT: die Abteilung]</p>"),
        ("[en: a]\n\nb]", '<p><span lang="en">a</span></p>\n<p>b]</p>'),
    ],
)
def test_a_passage_in_another_language_says_which(markdown: str, expected: str) -> None:
    assert html(markdown) == f"{expected}\n"


@pytest.mark.parametrize(
    "markdown", ["[en: Free Software](https://example.org/)", "[[en: Free Software]](https://example.org/)"]
)
def test_the_text_of_a_link_may_be_in_another_language(markdown: str) -> None:
    (link,) = lxml.html.fragment_fromstring(html(markdown), create_parent=True).iter("a")
    assert link.get("href") == "https://example.org/"
    assert [(span.get("lang"), span.text) for span in link] == [("en", "Free Software")]


def test_apps_get_the_words_of_a_passage_alone() -> None:
    marked, plain = notes("Über [en: public money] und mehr."), notes("Über public money und mehr.")
    assert marked.text == plain.text
    whole = whole_html(marked.html, episode=SHORT, chapters=())
    assert whole == whole_html(plain.html, episode=SHORT, chapters=())
    assert "<span" in marked.html


def test_marks_that_are_not_read_are_named_with_their_line() -> None:
    found = list(unread_marks("Ja.\n\n[en: gut] und\n[xx: nein]\n\n[en: offen\n"))
    assert [line for line, _ in found] == [4, 6]
    assert "„xx“ ist kein bekanntes Sprachkürzel (BCP 47)." in found[0][1]
    assert "nicht geschlossen" in found[1][1]
