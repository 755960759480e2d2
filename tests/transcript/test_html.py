"""The HTML fragment that people paste into their own pages."""

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


def test_the_fragment_is_as_expected(golden):
    golden(GOLDEN / "conversation.html", render_html(edited(TEXT)))


def test_it_contains_only_paragraphs_and_names():
    page = Page(render_html(edited(TEXT)))
    assert {tag for tag, _ in page.tags} == {"p", "strong"}
    assert all(attributes == () for _, attributes in page.tags)
    names = [paragraph.speaker for paragraph in page.paragraphs]
    assert names == ["", "Ada Moderatorin:", "", "Bernd Gast [Amt <für> Beispiele]:"]
    assert page.paragraphs[3].text.strip() == "</script> ist kein Wort --> ]]>."


def test_times_are_shown_only_on_request():
    transcript = transcript_of((HOST, spoken("Hallo.", start_s=62.4)), (GUEST, spoken("Ja.", start_s=3700)))
    assert "<time" not in render_html(transcript)
    assert '<p><time datetime="PT62S">01:02</time> <strong>' in render_html(transcript, times=True)
    assert '<time datetime="PT3700S">1:01:40</time>' in render_html(transcript, times=True)


def test_a_demo_says_so():
    assert render_html(transcript_of((HOST, spoken("Hallo.")), demo=True)).startswith("<p><em>Demo: ")


def test_a_transcript_without_turns_is_empty():
    assert render_html(transcript_of()) == ""
