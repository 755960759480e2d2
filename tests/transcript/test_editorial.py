"""Reading and writing the editors' format: nothing is lost, nothing is guessed."""

from __future__ import annotations

import textwrap
import unicodedata

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from transcript_samples import GUEST, HOST, NOBLE, SEED, SPEAKERS

from pipeline.build.handwritten import encoding_of
from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import Manuscript, PlainTurn, decode, parse, render
from pipeline.values.show import Speaker


def read(text: str, *not_labels: str) -> Manuscript:
    return parse(text, speakers=SPEAKERS, not_labels=not_labels)


def names(manuscript: Manuscript) -> list[str]:
    return [turn.speaker for turn in manuscript.turns]


def words(manuscript: Manuscript) -> list[str]:
    return [token.text for turn in manuscript.turns for paragraph in turn.paragraphs for token in paragraph]


TWO_TURNS = "Ada Moderatorin:\nGuten Tag.\n\nBernd Gast [Amt für Beispiele]:\nGerne.\n"


def test_turns_have_label_organisation_line_and_paragraphs():
    manuscript = read(TWO_TURNS + "\nNoch ein Absatz.\n")
    host, guest = manuscript.turns
    assert (host.speaker, host.organisation, host.line) == ("Ada Moderatorin", "", 1)
    assert (guest.speaker, guest.organisation, guest.line) == ("Bernd Gast", "Amt für Beispiele", 4)
    assert [[token.text for token in paragraph] for paragraph in guest.paragraphs] == [
        ["Gerne."],
        ["Noch", "ein", "Absatz."],
    ]
    assert [token.line for token in guest.paragraphs[1]] == [7, 7, 7]
    assert manuscript.findings == ()


@pytest.mark.parametrize(
    "label",
    [
        "Ada Moderatorin:",
        "Ada Moderatorin: ",
        "Ada Moderatorin:\u00a0 ",
        "Ada Moderatorin :",
        "Ada\u00a0Moderatorin:",
        "\tAda  Moderatorin:\t",
        "ada moderatorin:",
        "Ada M.:",
        "Ada Moderatorin [Studio]:",
        "Ada Moderatorin[Studio] :",
        "Ada Moderatorin (Studio):",
        "Ada Moderatorin []:",
    ],
)
def test_a_known_name_with_a_colon_is_a_label_however_it_is_spaced(label):
    manuscript = read(f"Guten Morgen.\n{label}\nGuten Tag.\n")
    assert len(manuscript.turns) == 2
    assert words(manuscript) == ["Guten", "Morgen.", "Guten", "Tag."]
    assert not manuscript.blocking


@pytest.mark.parametrize("label", ["Dr. Clara von der Test-Wiese:", "Dr. Clara von der Test-Wiese [X & Y]:"])
def test_titles_hyphens_and_particles_are_part_of_a_name(label):
    assert names(read(f"{label}\nJa.\n")) == ["Dr. Clara von der Test-Wiese"]


def test_a_name_that_contains_brackets_is_found():
    team = Speaker(name="Team (alle)", slug="team")
    assert parse("Team (alle):\nHallo!\n", speakers=[team]).turns[0].speaker == "Team (alle)"


@pytest.mark.parametrize("label", ["Ada Moderatorin;", "Ada Moderatorin", "Bernd Gast [Amt]", "Bernd Gast [Amt];"])
def test_a_mistyped_or_missing_colon_is_understood_and_reported(label):
    manuscript = read(f"Vorher.\n\n{label}\nGuten Tag.\n")
    assert len(manuscript.turns) == 2
    assert [(finding.line, finding.blocking) for finding in manuscript.findings] == [(1, False), (3, False)]
    assert "als Sprecherzeile gelesen" in manuscript.findings[1].text


def test_a_signature_at_the_end_is_speech():
    manuscript = read("Ada Moderatorin:\nBis bald!\n\nHerzlichst\n\nAda Moderatorin\n")
    assert len(manuscript.turns) == 1
    assert words(manuscript)[-2:] == ["Ada", "Moderatorin"]
    assert "Unterschrift" in manuscript.findings[0].text
    assert not manuscript.blocking


def test_a_name_alone_inside_a_paragraph_is_left_as_text_and_stops_the_release():
    manuscript = read("Bernd Gast:\nEs fragt:\nAda Moderatorin\nIch antworte.\n\nMehr.\n")
    assert names(manuscript) == ["Bernd Gast"]
    assert [(finding.line, finding.blocking) for finding in manuscript.findings] == [(3, True)]


def test_text_after_the_label_on_the_same_line_belongs_to_the_turn():
    manuscript = read("Ada Moderatorin: Guten Tag.\nBernd Gast [Amt]: Gerne: ja.\nUnd mehr.\n")
    assert manuscript.plain() == (
        PlainTurn(speaker="Ada Moderatorin", organisation="", paragraphs=("Guten Tag.",)),
        PlainTurn(speaker="Bernd Gast", organisation="Amt", paragraphs=("Gerne: ja.", "Und mehr.")),
    )
    assert [finding.blocking for finding in manuscript.findings] == [False, False]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("Ada Moderatorn:", "Meinten Sie „Ada Moderatorin“?"),
        ("Adda Moderatorin [Studio]:", "Meinten Sie „Ada Moderatorin“?"),
        ("Bernd Gäst;", "Meinten Sie „Bernd Gast“?"),
        ("Erika Fremd:", ""),
        ("Prof. Erika Fremd [Institut]:", ""),
        ("Erika Fremd", ""),
        ("Ada Moderatorin und Bernd Gast:", ""),
        ("Erika von der Höh", ""),
        ("Licht:", ""),
        ("Sprecherin 2:", ""),
        ("stimme aus dem Saal [Publikum]:", ""),
    ],
)
def test_a_label_shaped_line_with_an_unknown_name_stays_text_and_stops_the_release(line, hint):
    manuscript = read(f"{TWO_TURNS}\n{line}\nDas sage ich.\n")
    assert len(manuscript.turns) == 2
    (finding,) = manuscript.blocking
    assert finding.line == 7
    assert line in finding.text
    assert hint in finding.text
    assert ("Meinten" in finding.text) == bool(hint) or "und" in line


@pytest.mark.parametrize(
    "line", ["Bernd Gast [Amt:", "Bernd Gast 00:12:03", "Ada Moderatorin (00:12:03):", "Bernd Gast –"]
)
def test_a_line_that_begins_like_a_label_but_is_not_one_stops_the_release(line):
    (finding,) = read(f"{TWO_TURNS}\n{line}\nDas sage ich.\n").blocking
    assert "beginnt wie die Sprecherzeile von" in finding.text


@pytest.mark.parametrize(
    "line",
    [
        "Und damit zur ersten Frage an dich:",
        "Meine Frage:",
        "Guten Tag, Ada Moderatorin:",
        "Ada Moderatorin fragte dann:",
        "[Musik]",
        "[lacht]",
        "Danke.",
        "Herzlichst, Ihre Ada",
        "Liebe Hörerinnen und liebe Hörer,",
        "Das ist 4.0:",
        "– – –",
        "...",
        ":",
        "[]:",
        "Genau",
    ],
)
def test_a_sentence_is_not_a_label(line):
    manuscript = read(f"{TWO_TURNS}\n{line}\nUnd weiter.\n")
    assert len(manuscript.turns) == 2
    assert manuscript.findings == ()
    assert " ".join(words(manuscript)).endswith(f"{line} Und weiter.")


@pytest.mark.parametrize("entry", ["Licht", "Licht:", "licht"])
def test_not_labels_settles_what_only_looks_like_a_label(entry):
    assert read(f"{TWO_TURNS}\nLicht:\nDas sage ich.\n", entry).findings == ()


def test_a_heading_like_line_inside_a_paragraph_is_text():
    assert read("Ada Moderatorin:\nSchönen Morgen\nallen da draußen.\n\nEnde.\n").findings == ()


def test_a_placeholder_of_the_draft_is_a_turn_and_stops_the_release():
    manuscript = read("Stimme 4:\nGuten Tag.\n")
    assert names(manuscript) == ["Stimme 4"]
    assert "noch keinen Namen" in manuscript.blocking[0].text


def test_in_a_file_without_blank_lines_every_line_may_be_a_label():
    manuscript = read("Ada Moderatorin\nGuten Tag.\nErika Fremd\nHallo.\nBernd Gast\nGerne.\n")
    assert names(manuscript) == ["Ada Moderatorin", "Bernd Gast"]
    assert [(finding.line, finding.blocking) for finding in manuscript.findings] == [(1, False), (3, True), (5, False)]


def test_text_before_the_first_label_is_kept_without_a_name_and_reported():
    manuscript = read("Folge 3\n\nAda Moderatorin:\nHallo.\n")
    assert names(manuscript) == ["", "Ada Moderatorin"]
    assert [(finding.line, finding.blocking) for finding in manuscript.findings] == [(1, False)]


def test_a_label_without_text_is_kept_and_reported():
    manuscript = read("Ada Moderatorin:\n\nBernd Gast:\nHallo.\n")
    assert manuscript.turns[0].paragraphs == ()
    assert "kein Text" in manuscript.findings[0].text


def test_the_same_speaker_twice_in_a_row_stays_two_turns():
    assert names(read("Ada M.:\nHallo.\n\nAda M.:\nNochmals hallo.\n")) == ["Ada M.", "Ada M."]


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
def test_line_ends_of_every_system_are_read_alike(ending):
    text = TWO_TURNS.replace("\n", ending)
    manuscript = read(text)
    assert manuscript.plain() == read(TWO_TURNS).plain()
    assert "".join(line.raw for line in manuscript.lines) == text


def test_decomposed_umlauts_and_a_byte_order_mark_make_no_difference():
    text = "Jörg Müßig [Amt für Öl]:\nSchöne Grüße.\n"
    speakers = [Speaker(name="Jörg Müßig", slug="joerg")]
    plain = parse("\ufeff" + unicodedata.normalize("NFD", text), speakers=speakers).plain()
    assert plain == parse(text, speakers=speakers).plain()
    assert plain[0].paragraphs == ("Schöne Grüße.",)


def test_lines_wrapped_by_hand_are_one_paragraph_even_if_one_ends_with_a_full_stop():
    sentence = "Dieser Absatz wurde beim Speichern von einem Programm umgebrochen."
    for width in range(52, 90):
        lines = textwrap.fill(f"{sentence} {sentence} Ja. {sentence} {sentence}", width)
        assert len(read(f"Ada Moderatorin:\n{lines}\nNeu.\n").turns[0].paragraphs) <= 2


def test_a_line_end_after_a_full_stop_ends_a_paragraph_if_lines_are_long():
    text = f"Ada Moderatorin:\n{'Ein Satz. ' * 30}\nNoch ein Absatz,\nder weitergeht.\n"
    assert [len(paragraph) for paragraph in read(text).turns[0].paragraphs] == [60, 5]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Grüße".encode(), "Grüße"),
        (b"\xef\xbb\xbf" + "Grüße".encode(), "Grüße"),
        ("„Grüße“ – 5 €".encode("cp1252"), "„Grüße“ – 5 €"),
        ("Grüße".encode("utf-16"), "Grüße"),
        (b"", ""),
    ],
)
def test_files_are_decoded_as_editors_programs_write_them(raw, text):
    assert decode(raw) == text


@pytest.mark.parametrize("raw", [b"PK\x03\x04\x00\x00", b"\xff\xfea", b"Gr\x81\xfc\xdfe"])
def test_a_file_that_is_not_text_is_refused_with_advice(raw):
    with pytest.raises(TranscriptError, match="keine lesbare Textdatei") as caught:
        decode(raw)
    assert "UTF-8" in caught.value.advice


def test_the_canonical_file_is_in_the_house_format():
    turns = [
        PlainTurn(speaker="", organisation="", paragraphs=("Vorweg.",)),
        PlainTurn(speaker="Ada M.", organisation="", paragraphs=("Eins.", "Zwei.")),
        PlainTurn(speaker="Bernd Gast", organisation="Amt", paragraphs=("Drei.",)),
    ]
    assert render(turns) == "Vorweg.\n\nAda M.:\nEins.\n\nZwei.\n\nBernd Gast [Amt]:\nDrei.\n"
    assert render([]) == ""


def test_a_name_without_a_colon_is_a_label_where_a_turn_can_begin():
    text = "Ada Moderatorin\nGuten Tag.\n\nBernd Gast\nGerne.\n\nAda Moderatorin\n\nUnd?\n"
    assert names(read(text)) == ["Ada Moderatorin", "Bernd Gast", "Ada Moderatorin"]


def test_a_whole_paragraph_that_ends_in_a_colon_is_speech():
    paragraph = "Und deshalb haben wir uns in den letzten Jahren immer wieder dieselbe Frage gestellt, nämlich diese:"
    manuscript = read(f"{TWO_TURNS}\n{paragraph}\n\nWas nun?\n")
    assert manuscript.findings == ()
    assert names(manuscript) == ["Ada Moderatorin", "Bernd Gast"]


@pytest.mark.parametrize(
    "word", ["Hörer*innen", "Zuhörer:innen", "Teilnehmer_innen", "4.0.", "z.B.", "talk@work", "…."]
)
@pytest.mark.parametrize("frame", ["{}", "{}:", "Liebe {}", "{} sind da.", "[lacht] {}"])
def test_words_with_special_characters_are_kept_and_are_not_labels(word, frame):
    line = frame.format(word)
    manuscript = read(f"{TWO_TURNS}\n{line}\nJa.\n")
    assert manuscript.findings == ()
    assert " ".join(words(manuscript)).endswith(f"{line} Ja.")
    assert line.split()[-1] in render(manuscript.plain())


@pytest.mark.parametrize(
    "signature", ["Ada Moderatorin", "Herzlichst, Ihre Ada", "Ihre\nAda Moderatorin", "Erika Fremd"]
)
def test_a_signature_line_stays_in_the_text_and_does_not_stop_the_release(signature):
    manuscript = read(f"{TWO_TURNS}\nAlles Gute!\n\n{signature}\n")
    assert not manuscript.blocking
    assert names(manuscript) == ["Ada Moderatorin", "Bernd Gast"]
    assert words(manuscript)[-1] == signature.split()[-1]


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("Erika Fremd: Guten Tag.\n\nAda Moderatorin: Ja.\n\nErika Fremd: Und Tschüss.", [1, 5]),
        ("Ada Moderatorn: Guten Tag.", [1]),
        ("Ada Moderatorn: " + "Guten Tag. " * 50, [1]),
        ("Digitale Verwaltung: das ist unser Thema.", []),
        ("Erste Frage: warum?", []),
        ("Meine Frage: warum?\n\nMeine Frage: wozu?", []),
    ],
)
def test_an_unknown_name_before_its_text_stops_the_release_if_it_is_surely_a_name(text, blocked):
    assert [finding.line for finding in read(text + "\n").blocking] == blocked


def test_not_labels_settles_words_in_front_of_a_colon_too():
    assert not read("Erste Frage: warum?\n\nErste Frage: wozu?\n", "Erste Frage").findings[1:]


@pytest.mark.parametrize("odd", ["\u00ad", "\x00", "\x07", "\x1b", "\x9d", "\u200b", "\u202e", "\u2060", "\ufeff"])
def test_invisible_characters_are_not_part_of_a_word_or_a_name(odd):
    manuscript = read(f"Ada {odd}Mode{odd}ratorin:{odd}\n{odd}Gu{odd}ten {odd} Tag.\n")
    assert names(manuscript) == ["Ada Moderatorin"]
    assert words(manuscript) == ["Guten", "Tag."]
    assert odd in "".join(line.raw for line in manuscript.lines)


@pytest.mark.parametrize("name", ["Bernd Gast", "Erika Fremd", "Bernd Gäst", "Bernd", "SPEAKER 1"])
def test_ten_thousand_labels_are_read_whole(name):
    text = f"{name}:\nJa.\n\n" * 10_000
    manuscript = read(text)
    assert sum(map(str.isalpha, "".join(words(manuscript)))) + len(manuscript.turns) * len("BerndGast") >= 20_000
    assert len(manuscript.blocking) in {0, 10_000}


def test_a_file_of_more_than_five_megabytes_is_refused_with_advice():
    with pytest.raises(TranscriptError, match="5,0 MB groß") as caught:
        decode(b"a" * 5_000_001)
    assert "UTF-8" in caught.value.advice


@settings(deadline=None)
@given(st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\r\n\u2028\u2029\x0b\x0c\x85\ufeff:"))))
@example("\r\n\r\r\n\n\u2028\x0c\ufeff\x85")
def test_the_lines_of_any_file_add_up_to_its_bytes(text):
    for encoding in ("utf-8", "utf-8-sig"):
        raw = text.encode(encoding)
        assume("\0" not in text and encoding_of(raw) == encoding)
        assert "".join(line.raw for line in read(decode(raw)).lines).encode(encoding) == raw


@given(st.binary())
def test_the_lines_of_a_windows_file_add_up_to_its_bytes(raw):
    try:
        text = decode(raw)
    except TranscriptError:
        return
    if (encoding := encoding_of(raw)) != "utf-16":
        assert "".join(line.raw for line in read(text).lines).encode(encoding) == raw


_TOKENS = st.text(
    st.characters(exclude_categories=["Z", "C"], exclude_characters="\u0345"), min_size=1, max_size=9
).filter(lambda token: token == unicodedata.normalize("NFC", token) and token.split() == [token])
_PARAGRAPHS = st.lists(st.lists(_TOKENS, min_size=1, max_size=12).map(" ".join), min_size=1, max_size=3).map(tuple)
_TURNS = st.lists(
    st.builds(
        PlainTurn,
        speaker=st.sampled_from([HOST.name, HOST.aliases[0], GUEST.name, NOBLE.name]),
        organisation=st.sampled_from(["", "Amt für Beispiele", "X & Y", "mv-works", "4.0"]),
        paragraphs=_PARAGRAPHS,
    ),
    max_size=6,
)


@settings(deadline=None)
@given(_TURNS)
def test_a_rendered_file_is_read_back_the_same(turns):
    text = render(turns)
    normalised = [
        PlainTurn(
            speaker=turn.speaker,
            organisation=turn.organisation,
            paragraphs=tuple(unicodedata.normalize("NFC", paragraph) for paragraph in turn.paragraphs),
        )
        for turn in turns
    ]
    assume(normalised == turns)
    assert read(text).plain() == tuple(turns)
    assert render(read(text).plain()) == text


_PIECES = ["Ada Moderatorin", "Bernd Gast", "Stimme 4", "Erika Fremd", "Ja.", "a\u0308", " [Amt]", "[", ":", ";"]
_SPACES = ["\n", "\n\n", "\r\n", "\r", " ", "\t", "\u00a0", "\u2028", "\x0c", "\ufeff"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(_PIECES + _SPACES)).map("".join))
@example("")
@example("\ufeffAda Moderatorin:\r\nJa.")
@example("\n\n\n")
def test_any_text_is_parsed_without_losing_a_character_or_a_word(text):
    manuscript = read(text)
    assert "".join(line.raw for line in manuscript.lines) == text
    assert [line.number for line in manuscript.lines] == list(range(1, len(manuscript.lines) + 1))
    labels = " ".join(f"{turn.speaker} {turn.organisation}" for turn in manuscript.turns)
    written = unicodedata.normalize("NFC", text).replace("\ufeff", "")
    lost = sum(map(str.isalpha, written)) - sum(map(str.isalpha, labels + "".join(words(manuscript))))
    assert lost == 0


@pytest.mark.skipif(not SEED, reason="the editorial transcript lies outside the repository")
def test_the_real_editorial_transcript_is_read_whole():
    text = decode(SEED[0].read_bytes())
    who = ["Mareike Donath", "Axel Fick", "Silvia Rydlewicz", "Lars Bauer"]
    manuscript = parse(text, speakers=[Speaker(name=name, slug=name) for name in who])
    assert len(manuscript.turns) == 45
    assert sorted(set(names(manuscript))) == sorted(who)
    assert manuscript.findings == ()
    assert "".join(line.raw for line in manuscript.lines) == text
    labels = [line for line in text.splitlines() if line.strip().rstrip(":").split(" [")[0] in who]
    assert len(words(manuscript)) == len(text.split()) - sum(len(line.split()) for line in labels)
    again = parse(render(manuscript.plain()), speakers=[Speaker(name=name, slug=name) for name in who])
    assert again.plain() == manuscript.plain()
