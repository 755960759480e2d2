"""Computes the files of a new show from what people answered; nothing is written here."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from pipeline.build.files import encoded, read_text
from pipeline.build.shipped import shipped
from pipeline.errors import ConfigError
from pipeline.german.slug import slugify
from pipeline.site.theme import HOUSE, check_contrast, contrast, mixed
from pipeline.tags.drawn_cover import LETTERINGS, draw_cover
from pipeline.values.new_show import NewShow
from pipeline.values.show import Palette, Theme

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Item, Table

EXAMPLE = "000-beispiel"
_TEMPLATES = Path(__file__).parent / "new_show"
_COPIED = ("episodes/speakers.toml", "transcripts/README.md", "feed/.gitignore")
_OF_EXAMPLE = tuple(f"episodes/{EXAMPLE}/{name}" for name in ("episode.toml", "raw.flac", "shownotes.md"))
_IGNORED_EXAMPLE = f"""
# die Beispielfolge: ihre Aufnahme gehört dazu, was ihr Lauf macht, nicht
!episodes/{EXAMPLE}/raw.flac
episodes/{EXAMPLE}/words.json
episodes/{EXAMPLE}/draft.txt
transcripts/{EXAMPLE}.txt
"""
_STEPS = 40  # shades that are tried between a colour and black or white


def checked_answer(key: str, text: str) -> str:
    """`text` as the answer `key`, in the form to keep. Raises ValueError with a German text that continues after the
    question."""
    from pipeline.show.tables import MistakesError, read  # late: pydantic takes its time

    try:
        answer: str = read(NewShow, {"title": "Titel", key: text}).given[key]
    except MistakesError as error:
        raise ValueError(error.found[0][1]) from error
    return answer


def show_files(show: NewShow, *, example: bool) -> dict[str, bytes]:
    """The content of every file of the show's folder, by its path there."""
    files = {
        "Makefile": _template("Makefile"),
        "README.md": Template(_template("README.md")).substitute(title=show.title),
        ".gitignore": _template("gitignore") + (_IGNORED_EXAMPLE if example else ""),
        ".gitlab-ci.yml": _template("gitlab-ci.yml"),
        ".github/workflows/publish.yml": _template("github-publish.yml"),
        "episodes/show.toml": _show_toml(show),
        "episodes/glossary.toml": _glossary(show.title),
    }
    copied = {name: shipped(name).read_bytes() for name in (*_COPIED, *(_OF_EXAMPLE if example else ()))}
    cover = draw_cover(show.title, ground=_colour(show), lettering=_lettering(_colour(show)))
    return {name: encoded(text) for name, text in files.items()} | copied | {"episodes/cover.jpg": cover}


def shades(colour: str) -> tuple[str, str]:
    """The shades of `colour` nearest to it that can be read on the pages: for light, for dark."""
    light = next(c for c in _towards("#000000", colour) if _is_readable(Theme(light=Palette(accent=c))))
    dark = next(c for c in _towards("#ffffff", colour) if _is_readable(Theme(dark=Palette(accent=c))))
    return light, dark


def _towards(end: str, colour: str) -> tuple[str, ...]:
    return tuple(mixed(colour, end, step / _STEPS) for step in range(_STEPS + 1))


def _is_readable(theme: Theme) -> bool:
    try:
        check_contrast(theme, where=Path())
    except ConfigError:
        return False
    return True


def _colour(show: NewShow) -> str:
    return show.colour or HOUSE["light"]["accent"]


def _lettering(ground: str) -> str:
    return max(LETTERINGS, key=lambda colour: contrast(colour, ground))


def _template(name: str) -> str:
    return read_text(_TEMPLATES / name)


def _show_toml(show: NewShow) -> str:
    """The example's show.toml, whose comments explain the settings, with the answers."""
    import tomlkit

    document = tomlkit.parse(read_text(shipped("episodes/show.toml")))
    host = f"https://{slugify(show.title) or 'podcast'}.invalid"
    author = show.author or f"Redaktion {show.title}"
    _put(document, "title", show.title)
    _put(document, "subtitle", "")
    _put(document, "description", show.description or f"{show.title}: ein Podcast mit Transkript zum Mitlesen.")
    for key in ("author", "copyright"):
        _put(document, key, author)
    _put(document, "base_url", show.website or f"{host}/podcast/")
    _put(document, "owner.name", author)
    _put(document, "owner.email", show.email or f"podcast@{host.removeprefix('https://')}")
    for key in ("imprint", "privacy", "accessibility", "report_barrier"):
        _put(document, f"legal.{key}", getattr(show, key) or f"{host}/{key.replace('_', '-')}")
    if not any(".invalid" in str(value) for value in document["legal"].values()):
        document["legal"].trivia.comment = document["legal"].trivia.comment_ws = ""
    if show.colour:
        light, dark = shades(show.colour)
        document["theme"] = {"light": {"accent": light}, "dark": {"accent": dark}}
    if show.target:
        document["publish"] = {"target": show.target}
    return tomlkit.dumps(document)


def _put(document: TOMLDocument, key: str, value: str) -> None:
    """Set `key`. A comment that calls the value a placeholder goes with it."""
    place: TOMLDocument | Table | Item = document
    *tables, last = key.split(".")
    for table in tables:
        place = place[table]  # type: ignore[index]
    place[last] = value  # type: ignore[index]
    if ".invalid" not in value:
        trivia = place[last].trivia  # type: ignore[index]
        trivia.comment = trivia.comment_ws = ""


def _glossary(title: str) -> str:
    import tomlkit

    document = tomlkit.parse(_template("glossary.toml"))
    document["words"] = [title]
    return tomlkit.dumps(document)
