"""The thresholds by which the report judges, and the reasons that it gives for them."""

from __future__ import annotations

APART_DB = 6.0
NOISY_DB = 22.0
LONG_PAUSE_S = 5.0
LITTLE_SPEECH = 0.6
LEAST_SPOKEN_S = 5.0  # of speech, before a person's level is compared
LEAST_HEARD_S = 1.0
STRONG_DB = 6.0
CRUSHING_DB = 9.0
STRONG_S = 5.0
CRUSHING_S = 2.0

REASONS = (
    (
        "Pegel, ab 6 dB Abstand",
        "6 dB sind der doppelte Abstand zum Mikrofon. Angeglichen wird auch mehr, aber der Raum kommt mit.",
    ),
    (
        "Rauschen, unter 22 dB Abstand zwischen Sprache und Pausen",
        "Ruhige Aufnahmen haben 30 bis 46 dB (an vier Gesprächen gemessen), mit Rauschen 20 dB unter der Sprache 23.",
    ),
    (
        "Begrenzer, ab 5 s mit 6 dB oder 2 s mit 9 dB Absenkung",
        (
            "Bis 3 dB senkt er nur einzelne Spitzen, kürzer als eine Silbe. 6 dB halbieren den Ausschlag: der Anfang "
            "lauter Silben wird flach. Ab 9 dB klingt die Stelle gepresst, weil auch danach alles leiser einsetzt."
        ),
    ),
    ("Stille, ab 5 s", "So lange dauert kaum eine Denkpause; wer unterwegs hört, glaubt an einen Abbruch."),
    ("Sprache, unter 60 % des Gesprächs", "In der Beispielfolge sind es 89 %; so viel weniger ist Leerlauf."),
)
"""What is judged and from where on, and why, in German."""
