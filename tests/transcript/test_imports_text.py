"""Text, Markdown, LibreOffice's and Word's files as recorders of meetings write them: who said what, nothing else."""

from __future__ import annotations

import io
import zipfile
from html import escape

import pytest
from transcript_samples import SPEAKERS
from word_samples import bold, docx, paragraph, run, written

from pipeline.errors import TranscriptError
from pipeline.transcript.imports.door import read_foreign

HOST, GUEST = "Ada Moderatorin", "Bernd Gast"
HOUSE = f"{HOST}:\nGuten Tag.\n\n{GUEST}:\nGerne.\n"


def imported(raw: bytes | str, suffix: str = ".txt") -> str:
    return read_foreign(raw.encode() if isinstance(raw, str) else raw, suffix, speakers=SPEAKERS).text


@pytest.mark.parametrize(
    "text",
    [
        f"**{HOST}:** Guten Tag.\n\n**{GUEST}:** Gerne.\n",
        f"**{HOST}**: Guten Tag.\n\n**{GUEST}**: Gerne.\n",
        f"__{HOST}:__ Guten Tag.\n\n__{GUEST}:__ Gerne.\n",
        f"**{HOST}:**\nGuten *Tag*.\n\n**{GUEST}:**\n**Gerne.**\n",
        f"- **{HOST}:** Guten Tag.\n- **{GUEST}:** _Gerne._\n",
        f"> **{HOST}:** Guten Tag\\.\n\n> **{GUEST}:** [Gerne](https://beispiel.de).\n",
        f"### {HOST}:\n\nGuten Tag.\n\n### {GUEST}:\n\nGerne.\n",
        f"**{HOST} [00:00:04]:** Guten Tag.\n\n**[00:00:09]** **{GUEST}:** Gerne.\n",
    ],
)
def test_markdown_is_read_without_its_marks(text):
    assert imported(text, ".md") == HOUSE


def test_stars_and_lines_inside_words_are_no_markdown():
    said = "Mitarbeiter*innen und Kolleg*innen, Teilnehmer_innen und Hörer_innen, 2 * 3 * 4, C\\* und snake_case_name."
    assert imported(f"**{HOST}:** {said}\n", ".md") == f"{HOST}:\n{said.replace(chr(92), '')}\n"
    assert imported(f"{HOST}:\n{said}\n") == f"{HOST}:\n{said}\n"


def test_bold_names_in_plain_text_are_labels_and_other_stars_stay():
    assert imported(f"**{HOST}:** *Guten* Tag.\n") == f"{HOST}:\n*Guten* Tag.\n"


def odt(body: str) -> bytes:
    """A LibreOffice text with this XML in its body."""
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"))
    )
    content = f"<office:document-content {names}><office:body><office:text>{body}</office:text></office:body>"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", f"{content}</office:document-content>")
    return made.getvalue()


def p(*parts: str) -> str:
    return f"<text:p>{''.join(parts)}</text:p>"


@pytest.mark.parametrize("suffix", [".odt", ".docx", ".txt", ""])
def test_a_libreoffice_text_is_read_like_a_word_file(suffix):
    assert (
        imported(odt(p(f"{HOST}:") + p("Guten Tag.") + p(f"<text:span>{GUEST}</text:span>: Gerne.")), suffix) == HOUSE
    )
    assert (
        imported(odt(p(f"{HOST}:<text:line-break/>Guten<text:s/>Tag.") + p(GUEST + ":") + p("Gerne.")), suffix) == HOUSE
    )


def test_a_libreoffice_text_keeps_lists_tables_boxes_and_notes_and_leaves_out_what_is_not_shown():
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body>{}</text:note-body></text:note>"
    body = (
        "<text:tracked-changes><text:changed-region>" + p("Gelöscht.") + "</text:changed-region></text:tracked-changes>"
        "<text:h>Titel.</text:h><text:list><text:list-item>" + p("Eins.") + "</text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell>"
        + p("Zwei.")
        + "</table:table-cell></table:table-row></table:table>"
        + p("Drei", note.format(p("Fuß.")), "<office:annotation>" + p("Rand.") + "</office:annotation>", ".")
        + p("<draw:frame><draw:text-box>" + p("Kasten.") + "</draw:text-box></draw:frame>Vier\n  fünf.")
    )
    made = read_foreign(odt(body), ".odt", speakers=SPEAKERS)
    assert made.text.split() == ["Titel.", "Eins.", "Zwei.", "Drei.", "[Fuß.]", "Vier", "fünf.", "Kasten."]
    assert "1 Fußnote steht" in made.notices[0]
    assert "Kommentare" in made.notices[1]


@pytest.mark.parametrize(
    "raw",
    [
        odt("<text:p>"),
        odt("")[:-40],
        odt(p("x")).replace(b"content.xml", b"inhalt1.xml"),
        odt("x" * 60_000_000),
        odt(p("x")).replace(b"office:text", b"office:none"),
    ],
    ids=["broken", "cut", "no content", "too large", "no text"],
)
def test_a_damaged_libreoffice_text_is_a_german_error(raw):
    with pytest.raises(TranscriptError, match="beschädigt") as caught:
        imported(raw, ".odt")
    assert "speichern" in caught.value.advice


def teams(*entries: tuple[str, str, str]) -> bytes:
    """A Word file as Teams makes it: headings, then name and time in a line, the words below, and the end."""
    head = [
        paragraph(run(text))
        for text in ("Besprechung zur Folge-20260526_100210-Aufzeichnung", "26. Mai 2026, 08:02AM", "30m 54s")
    ]
    said = [paragraph(bold(name), run(f"   {time}\n{words}")) for name, time, words in entries]
    return docx("".join([*head, *said, paragraph(run(f"{HOST} hat die Transkription beendet"))]))


def test_a_word_file_of_teams_says_who_said_what_and_what_was_left_out():
    raw = teams((HOST, "0:03", "Guten Tag."), ("Gast, Bernd (Amt für Beispiele)", "1:02:11", "Gerne."))
    made = read_foreign(raw, ".docx", speakers=SPEAKERS)
    assert made.text == HOUSE
    for left_out in ("Besprechung zur Folge", "26. Mai 2026", "30m 54s", "hat die Transkription beendet"):
        assert left_out in made.notices[0]


def test_a_sentence_about_a_recording_stays_in_a_text_that_no_program_made():
    said = "Sie hat die Aufzeichnung beendet."
    assert imported(f"{HOST}:\n{said}\n\nTranskript\n") == f"{HOST}:\n{said}\n\nTranskript\n"


def test_the_name_that_teams_repeats_above_every_paragraph_is_one_turn():
    raw = teams((HOST, "0:03", "Guten Tag."), (HOST, "0:09", "Willkommen."), (GUEST, "0:12", "Gerne."))
    assert imported(raw) == f"{HOST}:\nGuten Tag.\n\nWillkommen.\n\n{GUEST}:\nGerne.\n"


def test_what_is_copied_from_the_window_of_teams_has_each_name_once():
    def entry(name: str, initials: str, minutes: int, words: str) -> list[str]:
        time = f"{minutes} Minuten 9 Sekunden"
        return [initials, name, f"{time}{minutes}:09", f"{name} {time}", words]

    lines = [f"{HOST} hat die Transkription gestartet", ""]
    lines += entry(HOST, "AM", 2, "Guten Tag.") + entry(GUEST, "BG", 52, "Gerne.")
    assert imported("\n".join(lines)) == HOUSE


@pytest.mark.parametrize("timed", [True, False])
def test_a_word_file_of_words_own_transcription_becomes_numbered_voices(timed):
    lines = ["Audiodatei", "folge.mp3", "Transkript"] if timed else []
    for at, (name, words) in enumerate(
        [("Sprecher 1", "Guten Tag."), ("Sprecher 2", "Gerne."), ("Sprecher 1", "Gut.")]
    ):
        lines += [f"00:00:{at:02} {name}" if timed else name, words, *([] if timed else [""])]
    for raw in (written(*lines), "\n".join(lines)):
        assert imported(raw) == "Stimme 1:\nGuten Tag.\n\nStimme 2:\nGerne.\n\nStimme 1:\nGut.\n"


def test_an_interview_in_word_has_its_letters_as_voices_and_no_times():
    body = paragraph(run("Interview 7 vom 26.05.2026"))
    for name, words in (
        ("I", "Wie geht es? #00:00:05-0#"),
        ("B1", "Gut. (lacht) #00:00:12-4#"),
        ("I", "Schön. [00:00:15]"),
    ):
        body += paragraph(bold(f"{name}:"), run(f" {words}"))
    made = imported(docx(body))
    assert (
        made
        == "Interview 7 vom 26.05.2026\n\nStimme 1:\nWie geht es?\n\nStimme 2:\nGut. (lacht)\n\nStimme 1:\nSchön.\n"
    )


def test_a_name_beside_a_time_that_appears_once_is_asked_for():
    with pytest.raises(TranscriptError, match="Zeile 3: „Halle Saale 12:30“"):
        imported(f"{HOST}:\nGuten Tag.\nHalle Saale 12:30\nUnd so weiter.\n")


def test_a_word_that_stands_alone_several_times_is_asked_for():
    with pytest.raises(TranscriptError) as caught:
        imported("Christina\nGuten Tag.\n\nTom\nGerne.\n\nChristina\nGut.\n")
    assert "Zeile 1: „Christina“" in caught.value.problem
    assert "Zeile 7: „Christina“" in caught.value.problem


def test_text_in_the_house_format_stays_letter_by_letter():
    text = f"{HOST}:\nErstens: so.\n\nZiel: Breitband.\n\n{escape(GUEST)} [Amt]:\nUm 12:30 Uhr.\n\n[Musik]\n"
    assert imported(text) == text
