"""Names as other programs write them → the people of an episode, and labels that the house format allows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import without_invisible
from pipeline.transcript.labels import PARTICLES, PLACEHOLDER, fold_name, looks_like_a_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.values.show import Speaker

_VOICES = (
    r"(?:speaker|sprecher(?:[:*_/]?in)?|spk|spkr|person|stimme|voice|teilnehmer(?:[:*_/]?in)?|participant|gast|guest)"
)
_VOICE = re.compile(
    rf"{_VOICES}(?:[ _#-]*\d+|[ _-][a-z])|unknown(?: speaker)?(?: \d+)?|unbekannt(?: \d+)?", re.IGNORECASE
)
_INITIALS = re.compile(r"[A-ZÄÖÜ]{1,2}|[A-ZÄÖÜ]{1,3}\d{1,3}|INT")  # I, B, B1 of interviews; S04 of noScribe
_PLACEHOLDER = re.compile(rf"{PLACEHOLDER} (\d+)", re.IGNORECASE)
_TITLE = re.compile(
    r"(?:dr|prof|dipl|ing|med|phil|jur|rer|nat|pol|h|c|mag|univ|habil)\.(?:-ing\.)?|frau|herr", re.IGNORECASE
)
_DEGREE = re.compile(
    r"(?:[mb]\.?\s?(?:sc|a|ed|eng)\.?|ll\.?\s?[mb]\.?|mba|mpa|ph\.?\s?d\.?|md[bl]|mdep|dipl\.?-[\w.() -]+|mag\.?)",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[\[(]([^\[\]()]*)[\])]\s*$")
_ROLES_TEXT = """
    gast, guest, externer gast, external guest, extern, external, unverified, nicht überprüft, nicht verifiziert, host,
    co-host, moderator, moderation, organisator, organizer, presenter, ich, me, you, sie"""
_ROLES = frozenset(role.strip() for role in _ROLES_TEXT.split(","))
_PRONOUNS = re.compile(r"[a-zäöüß]+(?:/[a-zäöüß]+)+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_SPLIT = re.compile(r"\s*(?:\||//)\s*|\s+[-–—@·•/]\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLabel:
    """A label of the house format. `matched` says that the name is one of the episode's, or was given by people."""

    name: str
    organisation: str = ""
    matched: bool = False


@dataclass(slots=True, kw_only=True)
class People:
    """The people of an episode, and what an editor said about names of the file.

    `settled` maps a name of the file to the name that it stands for; "" says that it is part of the text.
    """

    speakers: Sequence[Speaker] = ()
    not_labels: Sequence[str] = ()
    settled: Mapping[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set, init=False)  # of `settled`, folded
    voices: dict[str, str] = field(default_factory=dict, init=False)  # a voice without a name → its placeholder
    renamed: dict[str, str] = field(default_factory=dict, init=False)
    nameless: dict[str, None] = field(default_factory=dict, init=False)  # speakers whose names can be no labels
    doubted: dict[str, None] = field(default_factory=dict, init=False)  # names that were read as text

    def is_text(self, name: str) -> bool:
        """Return whether people have said that this is no label."""
        settled = self._settled(name)
        return settled == "" or fold_name(name) in {fold_name(entry.rstrip(" :;")) for entry in self.not_labels}

    def knows(self, name: str) -> bool:
        """Return whether the name belongs to the episode, in any form, or was given by people."""
        found = self.find(name)
        return found is not None and found.matched

    def find(self, label: str) -> ReadLabel | None:
        """The name and organisation behind a label of the file; None if it cannot be a label of the house format."""
        label = " ".join(without_invisible(label).split()).strip(" :;,")
        if len(label) > _LONGEST:
            return None
        known = self._known()
        if settled := self._settled(label):
            return ReadLabel(name=self._meant(settled, known), matched=True)
        if fold_name(label) in known:
            return ReadLabel(name=known[fold_name(label)], matched=True)
        bare, organisation = _organisation(label)
        if fold_name(bare) in known:
            square = label.rstrip().endswith("]")
            return ReadLabel(name=known[fold_name(bare)], organisation=organisation if square else "", matched=True)
        for name, place in _readings(bare, organisation):
            person = self._person(name)
            if person:
                return ReadLabel(name=person, matched=True)
            if looks_like_a_name(name):
                return ReadLabel(name=name, organisation=_allowed(place))
        return None

    def label(self, label: str) -> ReadLabel:
        """The label that a speaker of the file gets; a voice without a name becomes `Stimme 1` and so on.

        Call `refuse_unsettled` after the last one: some names can be no labels.
        """
        if not label:
            return ReadLabel(name="")
        clean = " ".join(without_invisible(label).split()).strip(" :;,")
        found = self.find(clean)
        if (found is None or not found.matched) and is_voice(clean):
            return ReadLabel(name=self._placeholder(clean))
        if found is None:
            self.nameless[clean] = None
            return ReadLabel(name=clean)
        if not fold_name(clean).startswith(fold_name(found.name)):
            self.renamed.setdefault(clean, found.name)
        return found

    def refuse_unsettled(self) -> None:
        """Raise TranscriptError, with the option that settles it, if a speaker's name can be no label."""
        if self.nameless:
            raise unsettled([(0, name, name) for name in self.nameless], self)

    def notices(self) -> tuple[str, ...]:
        """German notices about names that changed. Raises TranscriptError if a name of `settled` is not in the file."""
        missing = [name for name in self.settled if fold_name(name) not in self.used]
        if missing:
            raise TranscriptError(
                f"In der Datei gibt es kein „{missing[0]}“; es wurde nichts eingelesen.",
                advice="Bei SPEAKER=… steht links vom = der Name genau wie in der Datei.",
            )
        renamed = [f"„{label}“ heißt jetzt „{name}“." for label, name in self.renamed.items()]
        return (*_anonymous(self._shown()), *self._unnamed(), *renamed, *_doubts(tuple(self.doubted)))

    def suggestion(self, label: str) -> str:
        """A name to show in the advice: a person of the episode who shares a word with the label, else any."""
        words = set(_key(label))
        near = (speaker.name for speaker in self.speakers if words & set(_key(speaker.name)))
        return next(near, "Vorname Nachname")

    def is_first_name(self, name: str) -> bool:
        """Return whether this one word is part of the name of somebody in the episode."""
        return any(fold_name(name) in map(fold_name, known.split()) for known in self._known().values())

    def _meant(self, name: str, known: Mapping[str, str]) -> str:
        """The name that people gave, as the episode spells it. Raises TranscriptError if it can be no label."""
        if fold_name(name) not in known and not looks_like_a_name(name):
            raise TranscriptError(
                f"„{name}“ kann keine Sprecherzeile sein; es wurde nichts eingelesen.",
                advice="Bei SPEAKER=… steht rechts vom = ein Name wie in episode.toml.",
            )
        return known.get(fold_name(name), name)

    def _known(self) -> dict[str, str]:
        return {fold_name(name): name for speaker in self.speakers for name in (speaker.name, *speaker.aliases)}

    def _settled(self, name: str) -> str | None:
        folded = fold_name(name)
        for written, meant in self.settled.items():
            if fold_name(written) == folded:
                self.used.add(folded)
                return meant
        return None

    def _person(self, name: str) -> str:
        """The one person of the episode whose name has the same words, titles aside; "" if there is none."""
        key = sorted(_key(name))
        spellings = [(known, speaker.name) for speaker in self.speakers for known in (speaker.name, *speaker.aliases)]
        found = {person for known, person in spellings if sorted(_key(known)) == key}
        return found.pop() if len(found) == 1 and len(key) > 1 else ""

    def _placeholder(self, label: str) -> str:
        own = _PLACEHOLDER.fullmatch(label)
        if own:
            return label
        if label not in self.voices:
            self.voices[label] = f"{PLACEHOLDER} {len(self.voices) + 1}"
        return self.voices[label]

    def _shown(self) -> list[tuple[str, str]]:
        return [(label, name) for label, name in self.voices.items() if not label.startswith(UNNAMED)]

    def _unnamed(self) -> tuple[str, ...]:
        count = len(self.voices) - len(self._shown())
        if not count:
            return ()
        return (f"Wechsel ohne Namen: {count}. Dort steht „{PLACEHOLDER} …“; bitte durch die Namen ersetzen.",)


TURN_MARK = re.compile(r"\[SPEAKER_TURN\]", re.IGNORECASE)
"""whisper.cpp writes it where somebody else begins to speak."""

UNNAMED = "Unbekannt "
"""With a number after it: a voice of which the file says only that it is another one."""


def bare_name(label: str) -> str:
    """The label without organisations and degrees: what is in brackets, or behind a dash or bar."""
    return _SPLIT.split(_organisation(label.strip())[0])[0]


def is_voice(label: str) -> bool:
    """Return whether a program made this label up for a voice (`SPEAKER_00`, `S04`), or an interview uses it (`B1`)."""
    label = label.strip(" []()<>")
    return bool(_VOICE.fullmatch(label) or _INITIALS.fullmatch(label))


def has_a_number(label: str) -> bool:
    """Return whether a made-up label is one beyond doubt, even if it appears only once."""
    return bool(_VOICE.fullmatch(label.strip(" []()<>")) or re.search(r"\d", label))


def unsettled(places: Sequence[tuple[int, str, str]], people: People) -> TranscriptError:
    """The error that lists lines which may be labels, as (line or 0, text, name), and the option that settles them."""
    names = list(dict.fromkeys(name for _, _, name in places))
    shown = [
        f"  Zeile {line}: „{_short(text)}“" if line else f"  „{_short(text)}“" for line, text, _ in places[:_SHOWN]
    ]
    if len(places) > _SHOWN:
        shown.append(f"  und {len(places) - _SHOWN} weitere")
    first = names[0]
    several = "; ".join(f"{name}={people.suggestion(name)}" for name in names[:2])
    more = f" Mehrere zugleich: SPEAKER='{several}'." if len(names) > 1 else ""
    is_text = f"; gehört es zum Text, mit SPEAKER='{first}='" if places[0][0] else ""
    return TranscriptError(
        "\n".join(("Wer hier spricht, ist nicht klar; es wurde nichts eingelesen:", *shown)),
        advice=f"Ist „{first}“ eine Person, den Befehl mit SPEAKER='{first}={people.suggestion(first)}' wiederholen"
        f"{is_text}.{more}",
    )


_SHOWN = 12
_LONGEST = 200  # characters of a name


def _anonymous(voices: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """One notice about all voices to which a program gave a label of its own."""
    if not voices:
        return ()
    listed = ", ".join(f"„{label}“ → „{name}“" for label, name in voices)
    options = "; ".join(f"{label}=Name" for label, _ in voices[:2])
    text = f"Keine Namen, sondern Kürzel eines Programms: {listed}. Bitte im Transkript durch die Namen ersetzen, oder "
    return (f"{text}noch einmal einlesen mit SPEAKER='{options}'.",)


def _doubts(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    listed = ", ".join(f"„{name}:“" for name in names[:_SHOWN])
    more = f" und {len(names) - _SHOWN} weitere" if len(names) > _SHOWN else ""
    option = f"SPEAKER='{names[0]}=Name'"
    return (f"Als Text gelesen: {listed}{more}. Spricht dort jemand, noch einmal einlesen mit {option}.",)


def _organisation(label: str) -> tuple[str, str]:
    """Split off brackets at the end; what they say about a role or pronouns is no organisation."""
    organisation = ""
    while found := _BRACKETS.search(label):
        label = label[: found.start()]
        said = " ".join(found[1].split())
        if said and said.casefold() not in _ROLES and not _PRONOUNS.fullmatch(said):
            organisation = said
    return label, organisation


def _readings(label: str, organisation: str) -> list[tuple[str, str]]:
    """What a label may mean, as name and organisation, the likeliest first."""
    name, *rest = [part for part in _SPLIT.split(label) if part] or [label]
    place = organisation or ", ".join(rest)
    parts = [part.strip() for part in name.split(",")]
    while len(parts) > 1 and _DEGREE.fullmatch(parts[-1]):
        parts.pop()
    if len(parts) == 1:
        return [(parts[0], place)]
    if len(parts) > 2:
        return []
    family, given = parts
    turned, kept = (f"{given} {family}", place), (family, place or given)  # Klang, Dr. Klara → Dr. Klara Klang
    is_full = sum(word not in PARTICLES for word in _key(family)) > 1
    return [kept, turned] if is_full else [turned, kept]


def _key(name: str) -> list[str]:
    words = re.sub(r"[,()\[\]|]", " ", name).split()
    return [fold_name(word).translate(_UMLAUTS) for word in words if not _TITLE.fullmatch(word)]


def _allowed(organisation: str) -> str:
    return " ".join(re.sub(r"[\[\]]", " ", organisation).split())


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]} …"
