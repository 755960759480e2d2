"""German sentences: a bar stands where one ends, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.transcript.sentences import ends_sentence, sentence_ends, sentences

EXAMPLES = [
    # plain ends
    "Guten Tag. | Wie geht es Ihnen? | Gut!",
    "Ja. | Nein. | Vielleicht.",
    "Was? | Wirklich!",
    "Das ist so?! | Ja!!",
    "Ohne Punkt am Ende",
    "Ein Satz. | Rest ohne Punkt",
    "Er kam, sah und blieb. | Danach ging er.",
    "Punkt. | mv-works ist dabei.",
    "Wir warten. | eGovernment kommt.",
    "Das hängt davon ab. und wir sehen weiter.",
    # dates and ordinals
    "Wir treffen uns am 31. Mai in der Halle.",
    "Vom 31. Mai bis zum 14. Juni läuft alles.",
    "Am 3. 10. war frei. | Wir kamen.",
    "Die Woche (07. Juni - 11. Juni) ist voll.",
    "Das war am 31. | Wir fuhren am Tag danach.",
    "Das 1. Treffen und das 2. Treffen waren gut.",
    "Der 100. Geburtstag wird gefeiert.",
    "Vom 7.-11. Juni ist Messe.",
    "Im 21. Jahrhundert ist das üblich.",
    "Das war im Jahr 2021. | Seitdem läuft es.",
    "Es begann 1998. | Menschen kamen.",
    "Wir sind auf Platz 1. | Das freut uns.",
    "Friedrich II. von Beispiel lebte hier.",
    "Die 4. Klasse und die 5. Klasse kommen.",
    # versions, ranges, decimals
    "Wir reden über Arbeit 4.0. | Das ist neu.",
    "Die Arbeit 4.0 ist da. | Wir auch.",
    "Die Skala geht von 0-10. | Was sagen Sie?",
    "Es kostet 3.500 Euro. | Mehr nicht.",
    "Es sind 3,5 Prozent. | Gut so.",
    "Um 14.30 Uhr beginnt es.",
    "Das Verhältnis ist 14/15. | Wir bleiben dabei.",
    "Version 2.1. | Danach kommt 3.0.",
    # abbreviations
    "Es gibt z.B. Schulen und Ämter.",
    "Es gibt z. B. Schulen und Ämter.",
    "Das heißt, d.h. Wir müssen ran.",
    "Das ist falsch bzw. Unsinn.",
    "Wir haben ca. Hundert davon.",
    "Siehe Nr. Vier auf der Liste.",
    "Das regelt Abs. Zwei in Art. Drei.",
    "Wir fördern u.a. Vereine und Ämter.",
    "Wir fördern Vereine u.a. | Das hilft.",
    "Äpfel, Birnen usw. | Das reicht.",
    "Äpfel usw. und Birnen usw. helfen.",
    "Es braucht Netze etc. | Wir bauen sie.",
    "Es waren 3 Mio. Euro im Topf.",
    "Es waren 3 Mio. | Das ist viel.",
    "Der Hansebund e.V. Rostock lädt ein.",
    "Das macht der Beispiel e.V. | Er hilft allen.",
    "Sie kam ggf. Montag oder evtl. Dienstag.",
    "In der Regel, i.d.R. Montags, tagen wir.",
    "Das gilt insb. Schulen.",
    "Siehe S. Zwölf im Heft.",
    "Die sog. Digitalisierung kommt.",
    "Vgl. Kapitel drei.",
    "Inkl. Mehrwertsteuer kostet es mehr.",
    "Es kostet max. Hundert Euro.",
    "Das ist o.ä. | Wir prüfen es.",
    # titles and initials
    "Hier ist Dr. Beispiel. | Guten Tag.",
    "Hier ist Prof. Dr. Muster aus Wismar.",
    "Frau Dr.-Ing. Probe und Dipl.-Ing. Test sind da.",
    "Bei uns ist J. S. Beispiel zu Gast.",
    "Hr. Test und Fr. Probe kommen. | Sie sprechen.",
    "Die St. Beispiel Kirche steht da.",
    "Das ist Plan B. | Wir haben keinen anderen.",
    "Karl M. sagte nichts.",
    # ellipses
    "Ich weiß nicht… | Vielleicht doch.",
    "Ich weiß nicht…. | Vielleicht doch.",
    "Ich weiß nicht... | Vielleicht doch.",
    "Das ist … nun ja … schwierig.",
    "Das ist … Wahnsinn.",
    "Also ... Moment mal.",
    "Ich dachte… das geht. | Nein.",
    "Der Erfolg …...und mehr. | Das auch.",
    # quotes and brackets
    "Er sagte: „Das geht.“ | Dann ging er.",
    "Er sagte: “Das geht.” | Dann ging er.",
    "„Was?“ fragte sie leise.",
    "„Wirklich!“, rief er. | „Ja.“",
    "»Gut so.« | »Danke.«",
    "“Kannst du helfen”? | Genau das.",
    "Sie fragte: ‚Wer kommt?‘ | Wir alle.",
    "Das war gut (sehr gut!). | Weiter.",
    "(Das stimmt.) | Wir auch.",
    "Er rief: „Kommt! | Jetzt!“ | Alle kamen.",
    'Er sagte "Ja." | Sie sagte "Nein."',
    "Gut. ” | Danach kam mehr.",
    "Ja. [lacht] | Nein.",
    "Ja. [Musik]",
    "Ja [lacht] genau. | Gut.",
    # addresses
    "Mehr auf www.beispiel.de im Netz.",
    "Mehr auf www.beispiel.de. | Bis bald.",
    "Schreiben Sie an talk@work. | Danke.",
    "Das Format talk@work läuft. | Gut.",
    "Unter beispiel.de/hilfe steht es. | Lesen Sie.",
    # dashes, colons and gender marks
    "Learning - man muss reden. | Ja.",
    "Gut. | - Und nun?",
    "Die Frage ist: Wer macht es? | Wir.",
    "Liebe Hörer*innen und Zuhörer:innen! | Willkommen.",
    "Wirklich? – fragte er nach.",
    "Ist das so? | – Ja.",
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_sentences_end_where_a_reader_would_end_them(example):
    expected = [part.strip() for part in example.split(" | ")]
    assert list(sentences(example.replace(" | ", " "))) == expected


def test_there_are_enough_examples_to_be_a_measure():
    assert len(set(EXAMPLES)) >= 80


def test_no_words_are_no_sentences():
    assert sentence_ends([]) == ()
    assert sentences(" \n ") == ()


@pytest.mark.parametrize(
    ("word", "ends"),
    [("Tag.", True), ("Tag?“", True), ("gut…", True), ("z.B.", False), ("31.", False), ("Dr.", False), ("Tag", False)],
)
def test_a_word_alone_tells_whether_it_looks_like_an_end(word, ends):
    assert ends_sentence(word) is ends


@given(st.lists(st.one_of(st.sampled_from(["Ja.", "…", "“", "z.B.", "31.", "[x]", "er", "Er"]), st.text("aA.?“ -1"))))
def test_every_word_is_in_exactly_one_sentence(pieces):
    words = " ".join(pieces).split()
    ends = sentence_ends(words)
    assert list(ends) == sorted(set(ends))
    assert (ends[-1] if ends else 0) == len(words)
    assert " ".join(sentences(" ".join(words))) == " ".join(words)
