"""WebVTT, SRT and JSON of other programs become turns; tags are removed, entities are resolved, no word is lost."""

from __future__ import annotations

import html
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import GUEST, HOST, SPEAKERS, spoken, transcript_of

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import PlainTurn, parse
from pipeline.transcript.imports.door import read_foreign
from pipeline.transcript.imports.passages import ImportedPassage, turns_from
from pipeline.transcript.imports.people import People
from pipeline.transcript.imports.subtitles import read_subtitles
from pipeline.transcript.podcast_json import render_podcast_json
from pipeline.transcript.srt import render_srt
from pipeline.transcript.webvtt import render_webvtt
from pipeline.values.show import Speaker

STRANGER = Speaker(name="Erika Fremd", slug="erika-fremd")


def imported(text: str, suffix: str = ".vtt") -> str:
    return read_foreign(text.encode(), suffix, speakers=SPEAKERS).text


def vtt(*payloads: str) -> str:
    cues = [f"00:00:{at:02}.000 --> 00:00:{at + 1:02}.000\n{payload}" for at, payload in enumerate(payloads)]
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def srt(*payloads: str) -> str:
    cues = [f"{at}\n00:00:{at:02},000 --> 00:00:{at:02},900\n{payload}" for at, payload in enumerate(payloads, start=1)]
    return "\n\n".join(cues) + "\n"


def test_voices_become_turns_and_the_cues_of_one_voice_one_paragraph():
    text = vtt(
        "<v Ada Moderatorin>Guten Tag,\nwillkommen.",
        "<v Ada Moderatorin>Schön!</v>",
        "<v.laut Bernd Gast>Gerne <i>sehr</i> <c.gelb>gerne</c>.",
    )
    assert imported(text) == "Ada Moderatorin:\nGuten Tag, willkommen. Schön!\n\nBernd Gast:\nGerne sehr gerne.\n"


def test_header_identifiers_notes_styles_and_settings_are_not_words():
    text = (
        "\ufeffWEBVTT - Titel\nKind: captions\n\nNOTE Eins\nzwei --> nein\n\n".replace(" --> nein", "")
        + "STYLE\n::cue { color: red }\n\nREGION\nid:fred\n\n"
        "marke-1\n00:01.000 --> 00:02.000 align:start line:0\n<00:01.500>Hallo, <b>du</b>.\n\nNOTE Ende\n\n"
    )
    assert imported(text) == "Hallo, du.\n"


def test_entities_are_resolved_and_characters_that_are_not_tags_stay():
    assert imported(vtt("A &amp; B &lt;3 &#8364;&nbsp;5, 2 < 3 > 1 <unbekannt> &amp;amp;")) == (
        "A & B <3 € 5, 2 < 3 > 1 <unbekannt> &amp;\n"
    )


def test_two_voices_in_one_cue_are_two_turns():
    assert imported(vtt("<v Ada Moderatorin>Ja?</v> <v Bernd Gast>Nein.</v>")) == (
        "Ada Moderatorin:\nJa?\n\nBernd Gast:\nNein.\n"
    )


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_names_in_front_of_srt_texts_are_labels_until_the_next(ending):
    text = srt("Ada Moderatorin: Guten Tag.", "Wie geht es?", "- Bernd Gast: Gut: sehr\ngut.", "Erika Fremd: Ja.")
    assert imported(text.replace("\n", ending), ".srt") == (
        "Ada Moderatorin:\nGuten Tag. Wie geht es?\n\nBernd Gast:\nGut: sehr gut.\n\nErika Fremd:\nJa.\n"
    )


@pytest.mark.parametrize("said", ["Meine Frage: warum?", "Und dann: ja.", "Es ist 12:30 Uhr.", "Frage: warum?"])
def test_a_colon_in_a_sentence_does_not_make_a_speaker(said):
    assert imported(srt("Ada Moderatorin: Gut.", said), ".srt") == f"Ada Moderatorin:\nGut. {said}\n"


def test_an_unknown_name_stays_a_label_line_and_blocks():
    text = imported(vtt("<v Erika Fremd [Presse]>Ja.", "<v Ada Moderatorin>Nein."))
    assert text == "Erika Fremd [Presse]:\nJa.\n\nAda Moderatorin:\nNein.\n"
    assert [finding.line for finding in parse(text, speakers=SPEAKERS).blocking] == [1]


def test_a_voice_without_a_proper_name_becomes_a_numbered_voice_and_is_reported():
    result = read_foreign(vtt("<v SPEAKER_01>Ja.", "<v SPEAKER_00>Nein.").encode(), ".vtt", speakers=SPEAKERS)
    assert result.text == "Stimme 1:\nJa.\n\nStimme 2:\nNein.\n"
    assert "„SPEAKER_01“" in result.notices[0]
    assert len(parse(result.text, speakers=SPEAKERS).blocking) == 2


def test_subtitles_without_any_name_are_reported():
    result = read_foreign(vtt("Ja.").encode(), ".vtt", speakers=SPEAKERS)
    assert result.text == "Ja.\n"
    assert "nennt keine Namen" in result.notices[0]


@pytest.mark.parametrize("form", ["vtt", "srt"])
@pytest.mark.parametrize("lost", ["Verlorene Zeile.\n\n", "00:00:09,x --> 00:00:10,0\nVerlorene Zeile.\n\n"])
def test_text_that_belongs_to_no_cue_is_an_error_with_its_line(form, lost):
    text = vtt("Eins.", "Zwei.") if form == "vtt" else srt("Eins.", "Zwei.")
    if form == "srt" and lost.startswith("V"):
        text = text.replace("2\n00", "2\n", 1).replace("Zwei.", "Verlorene Zeile.")
    else:
        text += "\n" + lost
    with pytest.raises(TranscriptError, match=r"Zeile \d+ gehört zu keinem Untertitel"):
        read_subtitles(text, form, people=People())


@pytest.mark.parametrize("text", ["WEBVTT\n\nNOTE nichts\n", "WEBVTT\n"])
def test_subtitles_without_a_cue_have_no_words(text):
    assert read_subtitles(text, "vtt", people=People()) == ()


def test_long_speech_is_divided_at_pauses_and_sentence_ends_only():
    said = "Dies ist ein Satz mit genau zehn Wörtern, sehr schön."
    cues = [ImportedPassage(speaker="A B", text=said, start_s=at * 5.0, end_s=at * 5.0 + 4.9) for at in range(20)]
    cues[7] = ImportedPassage(speaker="", text=said, start_s=35.0, end_s=39.0)
    (turn,), _ = turns_from(cues, people=People())
    assert [len(paragraph.split()) for paragraph in turn.paragraphs] == [80, 120]


def test_podcast_json_is_read_with_names_and_without():
    segments = [
        {"speaker": "Ada Moderatorin", "startTime": 0, "endTime": 1.5, "body": "Guten Tag."},
        {"startTime": 1.5, "endTime": 2, "body": "Schön."},
        {"speaker": "Bernd Gast", "startTime": "x", "body": "<Ja> & --> </script> ]]>"},
    ]
    text = json.dumps({"version": "1.0.0", "segments": segments})
    assert imported(text, ".json") == ("Ada Moderatorin:\nGuten Tag. Schön.\n\nBernd Gast:\n<Ja> & --> </script> ]]>\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"segments": [', "beschädigt, Zeile 1"),
        ('{"chapters": []}', "fehlt die Liste"),
        ('[{"body": "x"}]', "fehlt die Liste"),
        ('{"segments": [{"body": "x"}, {"text": "y"}]}', "Segment 2"),
        ('{"segments": ["x"]}', "Segment 1"),
    ],
)
def test_json_that_is_not_a_transcript_is_a_german_error(text, problem):
    with pytest.raises(TranscriptError, match=problem):
        imported(text, ".json")


_SPOKEN = st.text(
    st.characters(codec="utf-8", exclude_categories=["Z", "C"], exclude_characters="<>&:："), min_size=1, max_size=8
).filter(lambda word: word.split() == [word])
_CUES = st.lists(
    st.tuples(
        st.sampled_from([HOST.name, GUEST.name, "Erika Fremd", "SPEAKER_00"]), st.lists(_SPOKEN, min_size=1, max_size=6)
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(_CUES, st.sampled_from([" ", "\n", " <i>", "</c> ", " <00:00:00.500>"]))
def test_every_word_of_a_webvtt_file_is_read_once_and_in_order(cues, glue):
    text = vtt(*(f"<v {html.escape(name)}>x{glue.join(map(html.escape, words))}" for name, words in cues))
    found = read_subtitles(text, "vtt", people=People())
    assert " ".join(passage.text for passage in found).split() == [
        word for _, words in cues for word in (f"x{words[0]}", *words[1:])
    ]
    turns, _ = turns_from(found, people=People())
    assert _words(turns) == " ".join(passage.text for passage in found).split()


@settings(deadline=None, max_examples=60)
@given(_CUES)
def test_every_word_of_an_srt_file_is_read_once_and_in_order(cues):
    text = srt(*(f"{name}: x{' '.join(words)}" for name, words in cues if not name.startswith("SPEAKER")), "Ende.")
    passages = read_subtitles(text, "srt", people=People(speakers=(HOST, GUEST, STRANGER)))
    expected = [w for name, words in cues if not name.startswith("SPEAKER") for w in f"x{' '.join(words)}".split()]
    assert [word for passage in passages for word in passage.text.split()] == [*expected, "Ende."]


@settings(deadline=None, max_examples=60)
@given(_CUES)
def test_every_word_of_a_json_file_is_read_once_and_in_order(cues):
    segments = [{"speaker": name, "body": " ".join(words)} for name, words in cues]
    turns, _ = turns_from(
        [ImportedPassage(speaker=segment["speaker"], text=segment["body"], start_s=0, end_s=0) for segment in segments],
        people=People(),
    )
    assert _words(turns) == [word for _, words in cues for word in words]
    assert read_foreign(json.dumps({"segments": segments}).encode(), ".json", speakers=()).text.count("\n") >= 2


def _words(turns: tuple[PlainTurn, ...]) -> list[str]:
    return [word for turn in turns for paragraph in turn.paragraphs for word in paragraph.split()]


def test_what_we_publish_ourselves_is_read_back_word_for_word():
    said = "Guten Tag, Hörer*innen: heute 3 < 5 & mehr. Um 12:30 Uhr geht es los. Und Folgendes: alles Gute!"
    transcript = transcript_of(
        (HOST, spoken(said)),
        (GUEST, spoken("Zuhörer:innen sagen ja. Danke!", start_s=60.0)),
        (HOST, spoken("Gern.", start_s=80.0)),
    )
    for rendered, suffix in (
        (render_webvtt(transcript, duration_s=90.0, title="Titel"), ".vtt"),
        (render_srt(transcript, duration_s=90.0), ".srt"),
        (render_podcast_json(transcript, duration_s=90.0), ".json"),
    ):
        assert imported(rendered, suffix) == (
            f"Ada Moderatorin:\n{said}\n\nBernd Gast:\nZuhörer:innen sagen ja. Danke!\n\nAda Moderatorin:\nGern.\n"
        ), suffix
