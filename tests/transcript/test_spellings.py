"""Names that the text spells differently are reported; ordinary German words are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import SEED

from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.spellings import house_spellings, misspellings
from pipeline.values.show import Speaker

ADA = Speaker(name="Ada Mattmann", slug="ada", role="host", aliases=("A. Mattmann",))
BEN = Speaker(name="Dr. Ben Silbe", slug="ben", organisation="Ton-Werk Nord")
NAMES = house_spellings((ADA, BEN), ("NØRD", "digitales MV", "eRathaus", "Test-Vorpommern", "mv-probe"))


def reported(text: str) -> list[tuple[int, str]]:
    manuscript = parse(f"Ada Mattmann:\n{text}\n", speakers=(ADA, BEN))
    return [(finding.line, finding.text) for finding in misspellings(manuscript, NAMES)]


@pytest.mark.parametrize(
    ("text", "written", "meant"),
    [
        ("Danke, Frau Matmann.", "Matmann", "Mattmann"),
        ("Danke, Frau Mattman!", "Mattman", "Mattmann"),
        ("Das sagt Mathmann auch.", "Mathmann", "Mattmann"),
        ("Das ist Matmanns Idee.", "Matmanns", "Mattmann"),
        ("Heute ist Ben Silber da.", "Silber", "Silbe"),
        ("Guten Tag, Herr Silbbe.", "Silbbe", "Silbe"),
        ("Wir von mv probe helfen.", "mv probe", "mv-probe"),
        ("Wir von MV-Probe helfen.", "MV-Probe", "mv-probe"),
        ("Das Ton Werk Nord hilft.", "Ton Werk Nord", "Ton-Werk Nord"),
        ("Das Tonwerk Nord hilft.", "Tonwerk Nord", "Ton-Werk Nord"),
        ("Das Erathaus kommt.", "Erathaus", "eRathaus"),
        ("In Test Vorpommern regnet es.", "Test Vorpommern", "Test-Vorpommern"),
        ("Der Podcast „digitales mv“.", "digitales mv", "digitales MV"),
    ],
)
def test_another_spelling_is_reported_with_its_line_and_the_registered_one(text: str, written: str, meant: str) -> None:
    assert reported(f"Guten Tag.\n\n{text}") == [(4, f"„{written}“: eingetragen ist „{meant}“.")]


@pytest.mark.parametrize(
    "text",
    [
        "Frau Mattmann, Mattmanns Haus, A. Mattmann und Ada Mattmann's Auto.",
        "Das Silber glänzt, die Silben klingen, und Silbe für Silbe wird geprüft.",
        "Im Nord und im Norden, Nord-Süd und nördlich.",
        "Digitales MV heißt der Podcast; im digitalen MV leben wir.",
        "Das Ton-Werk Nord und das Team des Ton-Werk Nords.",
        "Test-Vorpommerns Küste, Test-Vorpommern.",
        "Ben und Adam, Ader und Bett, Herr Sommer, Frau Winter.",
        "Der Mattmann-Plan von Frau Müller-Mattmann.",
        "mv-probe, „mv-probe“, (mv-probe) und Mv-probe am Satzanfang.",
        "Mehr unter www.digitalesmv.de, digitalesmv.de/folgen oder an digitalesmv@beispiel.de.",
        "Das eRathaus, des eRathauses, ERathaus am Satzanfang.",
        "",
    ],
)
def test_right_spellings_and_ordinary_words_are_left_alone(text: str) -> None:
    assert reported(text) == []


def test_a_spelling_is_reported_once_with_all_its_lines() -> None:
    assert reported("Frau Matmann sagt ja.\n\nFrau Matmann sagt nein.\n\nFrau Matmann schweigt.") == [
        (2, "„Matmann“: eingetragen ist „Mattmann“ (auch Zeile 4, 6).")
    ]


def test_labels_are_not_checked() -> None:
    manuscript = parse("Ada Mattmann [mv probe]:\nJa.\n", speakers=(ADA, BEN))
    assert misspellings(manuscript, NAMES) == ()


def test_a_person_with_nearly_the_same_name_is_known() -> None:
    other = Speaker(name="Eva Matmann", slug="eva")
    manuscript = parse("Frau Matmann und Frau Mattmann.\n", speakers=(ADA, other))
    assert misspellings(manuscript, house_spellings((ADA, other))) == ()


@given(st.text(max_size=200))
def test_any_text_can_be_checked(text: str) -> None:
    assert all(finding.line >= 1 and not finding.blocking for finding in misspellings(parse(text, speakers=()), NAMES))


@pytest.mark.skipif(not SEED, reason="needs the seed transcript beside the repository")
def test_the_seed_transcript_has_few_findings() -> None:
    text = decode(SEED[0].read_bytes())
    heads = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip().endswith("]:"))
    speakers = [
        Speaker(name=head.partition(" [")[0], organisation=head.partition("[")[2].rstrip("]:"), slug=f"s{number}")
        for number, head in enumerate(heads)
    ]
    host = Speaker(name=text.partition(":")[0], slug="host")
    manuscript = parse(text, speakers=(host, *speakers))
    found = misspellings(
        manuscript, house_spellings((host, *speakers), ("digitales MV", "Mecklenburg-Vorpommern", "NØRD"))
    )
    assert len(found) <= 6, [finding.text for finding in found]
