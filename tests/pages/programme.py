"""What the sixty made-up episodes of `many_episodes.write_programme` are about: titles, topics, guests, sentences.

Everything is invented. The episodes share their words on purpose: what one of them is about is mentioned in others,
which are newer or say it more often, so that a search has to rank.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FIRST_NUMBER = 11
HOST = "Jette Bodden"

GUESTS = {
    "Hinnerk Priel": "Erfundener Zweckverband Küstennetz",
    "Frauke Leuchtfeuer": "Erfundenes Amt für Seezeichen",
    "Ümit Sandbank": "Beispielwerft Nordkai",
    "Søren Wattenberg": "Erfundene Genossenschaft Windfang",
    "Łucja Möwenstein": "Beispielschule am Deich",
    "Bo Strandkorb": "Verein Erdachte Dörfer",
    "Ragna Ährenfeld": "Erfundener Bauernbund",
    "Klaas Mole-Deichgraf": "Beispielstadt Hafenau",
    "Änne Seegras": "Erfundenes Klinikum Förde",
    "Tjark Kliff": "Beispielinstitut für Rechnen",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An episode of the programme. `said` are sentences spoken in it, each somewhere else."""

    title: str
    summary: str
    topics: tuple[str, ...]
    guests: tuple[str, ...]
    said: tuple[str, ...] = ()


_TABLE = """
Warum dieser Podcast weitergeht | Ein neues Jahr, neue Gäste und ein Rückblick auf zehn Folgen.
    Digitalisierung | Bo Strandkorb
Glasfaser bis ins letzte Dorf | Wie ein Zweckverband 40 Dörfer anschließt und wer die Gräben zieht.
    Breitband, Ländlicher Raum | Hinnerk Priel
Der Melker trägt ein Halsband | Sensoren im Stall melden, wenn eine Kuh krank wird.
    Landwirtschaft | Ragna Ährenfeld
Künstliche Intelligenz im Stall | Ein Programm hört Kühen zu und sagt, was ihnen fehlt.
    Maschinelles Lernen, Landwirtschaft | Ragna Ährenfeld, Tjark Kliff
Digitale Bildung braucht Zeit | Eine Schule erzählt von drei Jahren mit Tablets und ohne.
    Schule | Łucja Möwenstein
Wenn der Drucker im Amt streikt | Über die elektronische Akte und den letzten Stempel.
    Verwaltung | Klaas Mole-Deichgraf
Die Werft und ihre Roboter | Schweißroboter, Schichtpläne und was die Leute davon halten.
    Industrie | Ümit Sandbank
Industrie 4.0 auf der Werft | Maschinen melden sich, bevor sie stehen bleiben.
    Industrie | Ümit Sandbank
Funkloch am Bodden | Warum das Netz am Wasser endet und wer Masten baut.
    Breitband | Hinnerk Priel
Sensoren an der Straße | Eine Gemeinde zählt Autos, Glätte und Schlaglöcher.
    Verkehr | Klaas Mole-Deichgraf
Der digitale Hausarzt | Sprechstunde per Video auf einer Insel.
    Gesundheit, Ländlicher Raum | Änne Seegras
Auf der NØRD: ein Tag zwischen Ständen | Stimmen vom Treffen der Digitalszene, aufgenommen im Gehen.
    Veranstaltung | Bo Strandkorb
IT-Sicherheit für kleine Rathäuser | Was nach einem Angriff geschah und was seither anders ist.
    Sicherheit | Tjark Kliff
Offene Daten aus dem Kataster | Karten, die jeder benutzen darf, und was daraus wurde.
    Verwaltung | Frauke Leuchtfeuer
Wind im Netz | Wie Strom vom Meer ins Land kommt.
    Energie | Søren Wattenberg
Ein Seezeichen lernt sprechen | Tonnen, die ihren Ort selbst melden.
    Schifffahrt | Frauke Leuchtfeuer
Wie digital ist Mecklenburg-Vorpommern? | Eine Bestandsaufnahme mit Zahlen und Zweifeln.
    Digitalisierung | Bo Strandkorb, Tjark Kliff
Homeoffice im Leuchtturm | Arbeiten, wo andere Urlaub machen.
    Arbeit, Ländlicher Raum | Frauke Leuchtfeuer
Der Anschluss im Haus: wer zahlt? | Vom Bürgersteig bis zur Steckdose, Posten für Posten.
    Breitband | Hinnerk Priel
KI im Rathaus | Ein Sprachmodell beantwortet Briefe, ein Mensch liest sie.
    Maschinelles Lernen, Verwaltung | Klaas Mole-Deichgraf, Tjark Kliff
Mitarbeiter*innen gewinnen in der Verwaltung | Stellenanzeigen, die jemand versteht.
    Verwaltung, Arbeit | Klaas Mole-Deichgraf
Der Antrag, der sich selbst ausfüllt | Elterngeld ohne Papier und ohne Warten.
    Verwaltung | Klaas Mole-Deichgraf
Gründen an der Küste | Drei Läden, zwei Pleiten und ein Anruf aus Übersee.
    Gründung | Bo Strandkorb
Museum zum Hineinhören | Ein Rundgang, der sich nach den Schritten richtet.
    Kultur | Frauke Leuchtfeuer
Der Bus, der kommt, wenn man ruft | Rufbus per App, ohne Fahrplan.
    Verkehr, Ländlicher Raum | Bo Strandkorb
Lernen ohne Klassenzimmer | Was von den Monaten zu Hause blieb.
    Schule | Łucja Möwenstein
Die Förderung ist da, und jetzt? | Vom Bescheid bis zur letzten Rechnung.
    Förderung | Hinnerk Priel
Ein Deich voller Messgeräte | Wasserstände in Echtzeit und eine Sirene.
    Sicherheit | Søren Wattenberg
Barrierefreie Seiten, wirklich | Eine Prüferin liest vor, was andere nicht sehen.
    Barrierefreiheit | Änne Seegras
Was ein Rechenzentrum trinkt | Wärme, Wasser und ein Schwimmbad nebenan.
    Energie | Tjark Kliff
Der Hof verkauft im Netz | Eier, Kohl und Pakete am Wochenende.
    Landwirtschaft | Ragna Ährenfeld
Bürgerbeteiligung mit dem Telefon | Abstimmen über einen Spielplatz.
    Beteiligung | Klaas Mole-Deichgraf
Wer hat meine Daten? | Auskunft verlangen, Schritt für Schritt.
    Datenschutz | Tjark Kliff
Der Fischer und die App | Fänge melden, bevor das Boot anlegt.
    Schifffahrt | Ümit Sandbank
Die Bibliothek leiht Roboter aus | Basteln zwischen den Regalen.
    Kultur, Schule | Łucja Möwenstein
Einkaufen ohne Kasse | Ein Dorfladen, der nachts offen hat.
    Ländlicher Raum | Bo Strandkorb
Pflege, die zuhört | Ein Sprachassistent im Heim und was er darf.
    Gesundheit | Änne Seegras
Die Karte der Schlaglöcher | Mit dem Fahrrad durch vierzig Orte.
    Verkehr | Klaas Mole-Deichgraf
Wald aus der Luft | Drohnen suchen Käfer.
    Umwelt | Ragna Ährenfeld
Das Ehrenamt am Bildschirm | Ein Verein wirft seine Ordner weg.
    Beteiligung | Bo Strandkorb
Meldewesen ohne Wartenummer | Umziehen in zehn Minuten.
    Verwaltung | Klaas Mole-Deichgraf
Ein Hafen rechnet mit | Kräne, Züge und ein Fahrplan für alle.
    Schifffahrt, Wirtschaft | Ümit Sandbank
Strom teilen im Quartier | Nachbarn handeln mit Sonne.
    Energie | Søren Wattenberg
Der Lehrer als Lotse | Fortbildung in den Ferien.
    Schule | Łucja Möwenstein
Notruf aus der Heide | Orten, wo niemand wohnt.
    Sicherheit | Änne Seegras
Handwerk mit der Brille | Eine Datenbrille auf der Baustelle.
    Arbeit, Industrie | Ümit Sandbank
Plattdeutsch für Maschinen | Tausend Stunden Stimmen aus den Dörfern.
    Maschinelles Lernen, Kultur | Tjark Kliff
Das Grundbuch zieht um | Achtzig Meter Akten werden eingelesen.
    Verwaltung | Frauke Leuchtfeuer
Tourismus zählt Schritte | Wo die Gäste gehen und wo sie fehlen.
    Tourismus | Frauke Leuchtfeuer
Ein Dorf baut sein WLAN | Antennen auf der Scheune.
    Breitband, Ländlicher Raum | Bo Strandkorb
Der Brief aus dem Automaten | Bescheide in einfacher Sprache.
    Verwaltung, Barrierefreiheit | Änne Seegras
Wasserstoff und die Wahrheit | Was geplant ist und was gebaut wird.
    Energie | Søren Wattenberg
Schule im Schiff | Unterricht auf See, über Funk.
    Schule, Schifffahrt | Łucja Möwenstein
Ein Jahr mit dem Funkmast | Streit, Kuchen und fünf Balken.
    Breitband | Hinnerk Priel
Wer programmiert das Land? | Ausbildung, Umschulung, Abendkurs.
    Arbeit | Tjark Kliff
Vom Acker in die Cloud | Traktoren, Karten und ein Streit um Daten.
    Landwirtschaft | Ragna Ährenfeld
Die Klinik ohne Zettel | Patientenakten, die mitreisen.
    Gesundheit | Änne Seegras
Ein Brunnen im Netz | Trinkwasser überwachen mit zwei Leuten.
    Umwelt | Søren Wattenberg
Das Theater streamt | Premiere im Wohnzimmer.
    Kultur | Bo Strandkorb
Was wir aus Folgen gelernt haben | Die Redaktion antwortet auf Briefe.
    Digitalisierung | Tjark Kliff
"""

# Number of the episode → sentences that only it needs to have.
_OWN = {
    12: (
        "Die Glasfaser liegt jetzt auch hinter dem letzten Hof.",
        "Ohne Glasfaser zieht hier niemand mehr her.",
        "Ein Bagger, zwei Leute, tausend Meter am Tag.",
    ),
    15: ("Digitale Bildung ist mehr als ein Tablet.", "Für digitale Bildung fehlt vor allem eines: Zeit."),
    18: (
        "Industrie 4.0 heißt bei uns, dass die Presse anruft.",
        "Vor Industrie 4.0 hat der Meister gehört, was fehlt.",
    ),
    22: ("Auf der NØRD trifft man alle, die man sonst anruft.",),
    23: (
        "IT-Sicherheit beginnt mit der Frage, wer den Schlüssel hat.",
        "Für IT-Sicherheit haben wir eine halbe Stelle.",
    ),
    29: (
        "Ein Glasfaseranschluss kostet im Haus noch einmal achthundert Euro.",
        "Was kostet ein Glasfaseranschluss, fragen alle zuerst.",
        "Der Glasfaseranschluss endet im Keller.",
    ),
    30: ("Die KI schreibt den Entwurf, unterschreiben muss ein Mensch.", "Eine KI kennt den Ort nicht."),
    31: ("Unsere Mitarbeiter*innen haben die Anzeige selbst geschrieben.",),
    37: ("Anträge nehmen wir bis zum 31. Mai entgegen.", "Wer den 31. Mai verpasst, wartet ein Jahr."),
}

# Sentences that turn up in episodes about something else: (every how many episodes, sentences).
_PASSING = (
    (3, "Die Glasfaser kam dann doch noch, und mit der Glasfaser die Rechnung."),
    (4, "Bei uns liegt die Glasfaser seit zwei Jahren, nur ohne Glasfaseranschluss."),
    (4, "Künstliche Intelligenz ist ein großes Wort für viel Statistik."),
    (5, "Diese KI war teuer, und die nächste KI wird teurer."),
    (6, "Früher hieß das Industrie, heute steht eine 4 davor und eine 0 dahinter."),
    (7, "Zur Sicherheit haben wir alles ausgedruckt."),
    (2, "In Mecklenburg-Vorpommern kennt man sich."),
    (8, "Das gilt für den Norden wie für den Süden."),
    (9, "Von den 31 Kommunen haben im Mai nur neun geantwortet."),
    (5, "Alle Mitarbeiter waren dabei, auch wer Urlaub hatte."),
    (4, "An der Straße steht seitdem ein Kasten."),
    (6, "Bildung ist Ländersache, digitale Technik kauft die Gemeinde."),
    (7, "Das kostet Geld und Nerven."),
    (10, "Siehe Folge 12, da ging es um Gräben."),
    (11, "Die Wirtschaft wartet nicht, die Energiewirtschaft schon gar nicht."),
    (5, "Digitalisierung heißt nicht, das Papier zu scannen."),
    (13, "Frauke Leuchtfeuer hat das hier auch schon einmal gesagt."),
    (12, "Ümit sagt immer, man muss mit den Leuten reden."),
    (9, "Bürger*innen fragen, Behörden antworten, so war das gedacht."),
)


def _planned(number: int, row: str) -> Planned:
    title, summary, topics, guests = (part.strip() for part in row.replace("\n   ", "|").split("|"))
    passing = tuple(sentence for every, sentence in _PASSING if (number + len(sentence)) % every == 0)
    return Planned(
        title=title,
        summary=summary,
        topics=tuple(topics.split(", ")),
        guests=tuple(guests.split(", ")),
        said=_OWN.get(number, ()) + passing,
    )


_ROWS = re.split(r"\n(?! )", _TABLE.strip())
PROGRAMME = {number: _planned(number, row) for number, row in enumerate(_ROWS, FIRST_NUMBER)}
