"""Misheard words are corrected where the glossary says so, and nowhere else."""

from __future__ import annotations

import pytest

from pipeline.transcript.corrections import corrected, correction_notices
from pipeline.values.show import Glossary
from pipeline.values.speech import Word

GLOSSARY = Glossary(
    words=("Breitband", "Norden"),
    safe=("NØRD", "mv-works", "BioCon Valley", "Digitallabor"),
    corrections=(("Bio Kohn Wellie", "BioCon Valley"), ("nerd festival", "NØRD-Festival")),
)


def heard(text: str) -> list[Word]:
    return [
        Word(text=token, start_s=float(at), end_s=at + 0.5, probability=0.9 - 0.01 * at)
        for at, token in enumerate(text.split())
    ]


def text_of(text: str, glossary: Glossary = GLOSSARY) -> str:
    return " ".join(word.text for word in corrected(heard(text), glossary)[0])


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Die Konferenz Nord ist groß.", "Die Konferenz NØRD ist groß."),
        ("Bei der „Nord“, sagt sie,", "Bei der „NØRD“, sagt sie,"),
        ("Das Team von mv works war da.", "Das Team von mv-works war da."),
        ("Die MV-Works GmbH", "Die mv-works GmbH"),
        ("Das Netzwerk Biocon Valley!", "Das Netzwerk BioCon Valley!"),
        ("Das Netzwerk Bio Con Valley.", "Das Netzwerk BioCon Valley."),
        ("Ein bio kohn wellie, sozusagen", "Ein BioCon Valley, sozusagen"),
        ("Zum Nerd Festival kommen", "Zum NØRD-Festival kommen"),
        ("Das Digitallabohr und das Digital Labor", "Das Digitallabor und das Digitallabor"),
        ("Des Digitallabors Tür", "Des Digitallabors Tür"),
        ("Des digital Labors Tür", "Des Digitallabors Tür"),
        ("Die Digitallabore und Digitallaboren", "Die Digitallabore und Digitallaboren"),
        ("Das Digitallapor", "Das Digitallabor"),
        ("Im Norden weht Nordwind", "Im Norden weht Nordwind"),
        ("Biocon allein bleibt, Valley auch", "Biocon allein bleibt, Valley auch"),
        ("Ein Breitband-Ausbau", "Ein Breitband-Ausbau"),
    ],
)
def test_only_what_is_marked_as_safe_is_corrected(said: str, written: str) -> None:
    assert text_of(said) == written


def test_nothing_changes_without_a_safe_entry() -> None:
    said = "Die Nord und mv works und Biocon Valley"
    assert text_of(said, Glossary(words=("NØRD", "mv-works", "BioCon Valley"))) == said


def test_several_words_that_become_one_keep_their_time() -> None:
    words, made = corrected(heard("Das ist Bio Con Valley heute"), GLOSSARY)
    assert [(word.text, word.start_s, word.end_s) for word in words[2:]] == [
        ("BioCon Valley", 2.0, 4.5),
        ("heute", 5.0, 5.5),
    ]
    assert words[2].probability == pytest.approx(0.86)
    assert [(entry.start_s, entry.heard, entry.written) for entry in made] == [(2.0, "Bio Con Valley", "BioCon Valley")]


def test_correct_words_are_not_corrected() -> None:
    words, made = corrected(heard("Bei NØRD, mv-works und BioCon Valley."), GLOSSARY)
    assert made == ()
    assert " ".join(word.text for word in words) == "Bei NØRD, mv-works und BioCon Valley."


def test_every_correction_is_listed_once_with_its_places() -> None:
    _, made = corrected(heard("Nord, dann Nord und " + "mv works " * 7), GLOSSARY)
    assert correction_notices(made) == [
        "Nach glossary.toml berichtigt: „Nord“ → „NØRD“ (00:00, 00:02).",
        (
            "Nach glossary.toml berichtigt: „mv works“ → „mv-works“ "
            "(00:04, 00:06, 00:08, 00:10, 00:12 und 2 weitere Male)."
        ),
    ]
