"""The German sentences that the demo model learns, and the word combinations that are kept from it.

All fixed sentences are trained. Each template is a sentence with slots; most of its combinations are trained, some are
held out ("unseen"): every word of those is known, but not the combination. The sentences of the example episode are
fixed in `tools/example_script.py`; combinations named in HELD_OUT are never trained, so the example contains unseen
sentences.
"""

import random
from dataclasses import dataclass
from itertools import product

FIXED = (
    "Herzlich willkommen zum Podcast digitales MV.",
    "Mein Name ist Klara Klang, und ich bin eine synthetische Stimme.",
    "Alle Stimmen in dieser Folge kommen aus dem Computer.",
    "Schön, dass Sie heute da sind.",
    "Vielen Dank für die Einladung.",
    "Auch meine Stimme ist künstlich.",
    "Guten Tag zusammen.",
    "Ich bin Sina Silbe, und mich hat ein Rechner gesprochen.",
    "Das ist eine gute Frage.",
    "Jede Stimme soll gleich laut sein.",
    "Zum Beispiel war meine Stimme am Anfang viel zu laut.",
    "Und was passiert danach?",
    "Danach schreibt das Modell jedes Wort auf.",
    "Am Ende liest ein Mensch den Text noch einmal.",
    "Ohne diese Prüfung geht es nicht.",
    "Ich höre mir jeden Satz genau an.",
    "Ein falscher Name ärgert die Menschen sehr.",
    "Dort hilft unser Text allen, die nicht gut hören.",
    "Viele Menschen lesen lieber, als zu hören.",
    "Wie geht es jetzt weiter?",
    "Dann zeigen wir allen, wie aus Ton ein Text wird.",
    "Vielen Dank für das Gespräch.",
    "Diese Folge ist nur ein Beispiel und wurde vollständig erzeugt.",
    "Alle Informationen finden Sie auf unserer Seite.",
    "Bis zum nächsten Mal, auf Wiederhören.",
    "Auf Wiederhören.",
    "Tschüss, bis bald.",
    "Niemand hat diese Sätze wirklich gesprochen.",
    "Unsere Namen sind frei erfunden.",
    "Keine dieser Personen gibt es wirklich.",
    "Das Modell kennt nur synthetische Stimmen.",
    "Echte Menschen versteht es leider nicht.",
    "Ja, das stimmt.",
    "Nein, das glaube ich nicht.",
    "Genau so ist es.",
    "Können Sie uns ein Beispiel nennen?",
    "Der digitale Wandel gelingt nur gemeinsam.",
    "Gute Technik soll den Menschen dienen.",
    "Jede Gemeinde geht dabei ihren eigenen Weg.",
    "Offene Daten gehören allen.",
    "Das Internet ist auf dem Land oft noch langsam.",
    "Wer fragt, der lernt schneller.",
    "Wir fangen klein an und lernen jeden Tag dazu.",
    "Darüber reden wir in der nächsten Folge.",
    "Damit sind wir am Ende dieser Folge.",
)

_NAMES = ("Klara Klang", "Tom Takt", "Sina Silbe", "Paula Pegel")
_HOMES = ("vom Testwerk", "aus dem Wortlabor", "aus der Klangfabrik", "vom Datenhafen")
_TOPICS = (
    "offene Daten",
    "freie Software",
    "künstliche Intelligenz",
    "das schnelle Internet",
    "die digitale Verwaltung",
)
_PLACES = ("Schwerin", "Rostock", "Wismar", "Stralsund")
_MONTHS = ("Januar", "März", "Mai", "September")
_DAYS = ("ersten", "zwölften", "einunddreißigsten")
_NUMBERS = ("drei", "zehn", "zwanzig")
_GROUPS = ("Schulen", "Vereine", "Bibliotheken", "Museen")
_CHECKED = ("die Lautstärke", "das Mikrofon", "die Pausen", "die Kapitel", "den Text", "die Namen")

TEMPLATES: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("Heute sprechen wir mit {} über {}.", (_NAMES, _TOPICS)),
    ("Bei uns ist heute {} {}.", (_NAMES, _HOMES)),
    ("Guten Tag, ich heiße {} und komme {}.", (_NAMES, _HOMES)),
    ("Am {} {} treffen wir uns in {}.", (_DAYS, _MONTHS, _PLACES)),
    ("Wir haben {} {} in {} besucht.", (_NUMBERS, _GROUPS, _PLACES)),
    ("Zum Beispiel prüfen wir {} und {}.", (_CHECKED, _CHECKED)),
    ("Zuerst prüft das Programm {}, danach {}.", (_CHECKED, _CHECKED)),
    ("Was bedeutet das für die {} in {}?", (_GROUPS, _PLACES)),
    ("{}, wie prüfen Sie {}?", (_NAMES, _CHECKED)),
)

# Never trained: most of them are said in the example episode.
HELD_OUT = frozenset(
    {
        "Heute sprechen wir mit Tom Takt über offene Daten.",
        "Bei uns ist heute Sina Silbe aus dem Wortlabor.",
        "Guten Tag, ich heiße Tom Takt und komme vom Testwerk.",
        "Am einunddreißigsten Mai treffen wir uns in Schwerin.",
        "Wir haben zwanzig Bibliotheken in Wismar besucht.",
        "Zum Beispiel prüfen wir die Namen und die Kapitel.",
        "Zuerst prüft das Programm die Lautstärke, danach die Pausen.",
        "Was bedeutet das für die Schulen in Rostock?",
        "Tom Takt, wie prüfen Sie das Mikrofon?",
    }
)

# Words that an editor's prompt may contain: names and terms, so that a prompt does not confuse the model.
PROMPT_WORDS = (
    *_NAMES,
    "Testwerk",
    "Wortlabor",
    "Klangfabrik",
    "Datenhafen",
    "digitales MV",
    *_PLACES,
    "Podcast",
    "Internet",
    "Software",
)

_TRAINED_PER_TEMPLATE = 36
_UNSEEN_PER_TEMPLATE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """The sentences for training and those kept for evaluation; no text is in both."""

    trained: tuple[str, ...]
    unseen: tuple[str, ...]


def sentences(seed: int = 11) -> Sentences:
    """The split, the same for the same seed; HELD_OUT is always unseen."""
    chance = random.Random(seed)
    trained, unseen = list(FIXED), sorted(HELD_OUT)
    for template, slots in TEMPLATES:
        texts = [template.format(*words) for words in product(*slots) if len(set(words)) == len(words)]
        free = [text for text in texts if text not in HELD_OUT]
        chance.shuffle(free)
        kept = min(_UNSEEN_PER_TEMPLATE, len(free) // 4)
        trained += free[kept : kept + _TRAINED_PER_TEMPLATE]
        unseen += free[:kept] + free[kept + _TRAINED_PER_TEMPLATE :]
    return Sentences(trained=tuple(trained), unseen=tuple(unseen))
