"""The piece of HTML that people paste into their own pages."""

from __future__ import annotations

from readers import Page
from transcript_samples import GOLDEN, GUEST, HOST, SPEAKERS, spoken, transcript_of

from pipeline.transcript.editorial import parse
from pipeline.transcript.html import render_html
from pipeline.transcript.retime import retime


def edited(text):
    return retime(parse(text, speakers=SPEAKERS), None, duration_s=90.0).transcript


TEXT = """Vorweg.

Ada Moderatorin:
Guten Tag, liebe Hörer*innen. Netze & Dienste: 5 < 7.

Und sonst?

Bernd Gast [Amt <für> Beispiele]:
</script> ist kein Wort --> ]]>.
"""


def test_the_piece_is_as_expected(golden):
    golden(GOLDEN / "conversation.html", render_html(edited(TEXT), duration_s=9.0))


def test_it_holds_paragraphs_and_names_and_nothing_else():
    page = Page(render_html(edited(TEXT), duration_s=9.0))
    assert {tag for tag, _ in page.tags} == {"p", "strong"}
    assert all(attributes == () for _, attributes in page.tags)
    names = [paragraph.speaker for paragraph in page.paragraphs]
    assert names == ["", "Ada Moderatorin:", "", "Bernd Gast [Amt <für> Beispiele]:"]
    assert page.paragraphs[3].text.strip() == "</script> ist kein Wort --> ]]>."


def test_times_are_there_only_if_asked_for():
    transcript = transcript_of((HOST, spoken("Hallo.", start_s=62.4)), (GUEST, spoken("Ja.", start_s=3700)))
    assert "<time" not in render_html(transcript, duration_s=9.0)
    assert '<p><time datetime="PT62S">01:02</time> <strong>' in render_html(transcript, duration_s=3710.0, times=True)
    assert '<time datetime="PT3700S">1:01:40</time>' in render_html(transcript, duration_s=3710.0, times=True)


def test_a_demo_says_so():
    assert render_html(transcript_of((HOST, spoken("Hallo.")), demo=True), duration_s=9.0).startswith("<p><em>Demo: ")


def test_no_turns_are_no_text():
    assert render_html(transcript_of(), duration_s=9.0) == ""
