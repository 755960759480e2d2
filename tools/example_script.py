"""The script of the example episode: what is said, by whom and how loud. Its transcripts are measured against this.

All three speakers are espeak-ng voices under invented names, and say so. OpenAI's `base` understands them, and so does
the demo model, which knows every word, but neither these voices nor all of the sentences. One held-out sentence is not
said: with "Bei uns ist heute Sina Silbe aus dem Wortlabor." one of the two models hears too little of the rest.
"""

from dataclasses import dataclass

from pipeline.german.espeak import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A synthetic speaker; the levels differ so that levelling has something to do."""

    name: str
    organisation: str
    voice: Voice  # its variant is one of `tools.example_voices`
    treble_db: float  # boost above 3 kHz: espeak-ng is duller than people at a microphone
    level_dbfs: float  # rms while speaking


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTurn:
    """What one speaker says before the next one speaks; `chapter` names the chapter that begins here."""

    speaker: str
    sentences: tuple[str, ...]
    pause_before_s: float
    chapter: str = ""


HOST, TAKT, SILBE = "Klara Klang", "Tom Takt", "Sina Silbe"

CAST = (
    Cast(
        name=HOST,
        organisation="",
        voice=Voice(variant="klara", speed_wpm=133, pitch_range=90, word_gap=5),
        treble_db=9.0,
        level_dbfs=-23.0,
    ),
    Cast(
        name=TAKT,
        organisation="Testwerk",
        voice=Voice(variant="tom", speed_wpm=126, pitch_range=54, word_gap=4),
        treble_db=5.0,
        level_dbfs=-29.0,
    ),
    Cast(
        name=SILBE,
        organisation="Wortlabor",
        voice=Voice(variant="sina", speed_wpm=135, pitch_range=85, word_gap=3),
        treble_db=5.0,
        level_dbfs=-20.0,
    ),
)

SCRIPT = (
    ScriptTurn(
        speaker=HOST,
        pause_before_s=0.8,
        chapter="Begrüßung",
        sentences=(
            "Herzlich willkommen zum Podcast digitales MV.",
            "Mein Name ist Klara Klang, und ich bin eine synthetische Stimme.",
            "Alle Stimmen in dieser Folge kommen aus dem Computer.",
            "Heute sprechen wir mit Tom Takt über offene Daten.",
        ),
    ),
    ScriptTurn(
        speaker=TAKT,
        pause_before_s=0.9,
        sentences=(
            "Vielen Dank für die Einladung.",
            "Guten Tag, ich heiße Tom Takt und komme vom Testwerk.",
            "Auch meine Stimme ist künstlich.",
        ),
    ),
    ScriptTurn(
        speaker=SILBE,
        pause_before_s=0.8,
        sentences=("Guten Tag zusammen.", "Ich bin Sina Silbe, und mich hat ein Rechner gesprochen."),
    ),
    ScriptTurn(
        speaker=HOST,
        pause_before_s=1.2,
        chapter="Wie der Ton geprüft wird",
        sentences=("Tom Takt, wie prüfen Sie das Mikrofon?",),
    ),
    ScriptTurn(
        speaker=TAKT,
        pause_before_s=0.9,
        sentences=(
            "Das ist eine gute Frage.",
            "Zuerst prüft das Programm die Lautstärke, danach die Pausen.",
            "Jede Stimme soll gleich laut sein.",
            "Zum Beispiel war meine Stimme am Anfang viel zu laut.",
        ),
    ),
    ScriptTurn(speaker=HOST, pause_before_s=0.7, sentences=("Und was passiert danach?",)),
    ScriptTurn(
        speaker=TAKT,
        pause_before_s=0.8,
        sentences=(
            "Am Ende liest ein Mensch den Text noch einmal.",
            "Ohne diese Prüfung geht es nicht.",
        ),
    ),
    ScriptTurn(
        speaker=HOST,
        pause_before_s=1.2,
        chapter="Wem der Text hilft",
        sentences=("Können Sie uns ein Beispiel nennen?",),
    ),
    ScriptTurn(
        speaker=SILBE,
        pause_before_s=0.9,
        sentences=(
            "Zum Beispiel prüfen wir die Namen und die Kapitel.",
            "Ein falscher Name ärgert die Menschen sehr.",
        ),
    ),
    ScriptTurn(speaker=HOST, pause_before_s=0.8, sentences=("Was bedeutet das für die Schulen in Rostock?",)),
    ScriptTurn(
        speaker=SILBE,
        pause_before_s=0.9,
        sentences=(
            "Dort hilft unser Text allen, die nicht gut hören.",
            "Wir haben zwanzig Bibliotheken in Wismar besucht.",
            "Viele Menschen lesen lieber, als zu hören.",
        ),
    ),
    ScriptTurn(
        speaker=HOST,
        pause_before_s=1.2,
        chapter="Ausblick und Abschied",
        sentences=("Wie geht es jetzt weiter?",),
    ),
    ScriptTurn(
        speaker=TAKT,
        pause_before_s=0.8,
        sentences=("Am einunddreißigsten Mai treffen wir uns in Schwerin.",),
    ),
    ScriptTurn(
        speaker=SILBE,
        pause_before_s=0.7,
        sentences=("Dann zeigen wir allen, wie aus Ton ein Text wird.",),
    ),
    ScriptTurn(
        speaker=HOST,
        pause_before_s=1.0,
        sentences=(
            "Vielen Dank für das Gespräch.",
            "Diese Folge ist nur ein Beispiel und wurde vollständig erzeugt.",
            "Bis zum nächsten Mal, auf Wiederhören.",
        ),
    ),
    ScriptTurn(speaker=TAKT, pause_before_s=0.7, sentences=("Auf Wiederhören.",)),
    ScriptTurn(speaker=SILBE, pause_before_s=0.6, sentences=("Tschüss, bis bald.",)),
)
