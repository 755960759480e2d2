"""Turns the show and its episodes into web pages: one per episode, and an index that says how to subscribe.

The pages are whole without JavaScript, ask no other host for anything, and work by double-click and under any path.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.publish import addresses, german
from pipeline.publish.audio_formats import format_of
from pipeline.publish.reading import chapter_links, passages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import jinja2

    from pipeline.model import Chapter, Episode, Item, Show, Withdrawal


# Nothing may load but our own files beside the page; no inline script, no inline style, no frame, no form.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)


def render_episode_page(show: Show, item: Item, chapters: Sequence[Chapter], *, preview: bool = False) -> str:
    """The page of one episode; transcript, chapters and show notes may each be missing."""
    read = passages(item.transcript, chapters)
    return _render(
        "episode.html",
        addresses.page(item.episode.folder),
        show=show,
        item=item,
        episode=item.episode,
        chapters=chapter_links(chapters, read),
        passages=read,
        preview=preview,
    )


def render_withdrawn_page(show: Show, episode: Episode, withdrawal: Withdrawal) -> str:
    """What is left of a withdrawn episode at its address: its title, and since when and why it is gone."""
    return _render(
        "withdrawn.html",
        addresses.page(episode.folder),
        show=show,
        episode=episode,
        withdrawal=withdrawal,
        preview=False,
    )


def render_index(show: Show, items: Sequence[Item], *, preview: bool = False) -> str:
    """The show's front page: what it is, how to subscribe, all episodes, the newest first."""
    return _render("index.html", addresses.INDEX, show=show, items=_newest_first(items), preview=preview)


def render_search_page(show: Show, *, preview: bool = False) -> str:
    """The page from which all episodes are searched; what it finds comes from `search.py`."""
    return _render("suche.html", addresses.SEARCH, show=show, preview=preview)


def static_files() -> Mapping[str, bytes]:
    """Address → content of the style sheet, the script and the drawings that every page shares."""
    static = resources.files("pipeline.publish") / "static"
    shared = (addresses.STYLE, addresses.SCRIPT, addresses.ICON, addresses.HORIZON)
    return {address: (static / PurePosixPath(address).name).read_bytes() for address in shared}


def label(episode: Episode) -> str:
    """`Folge 7`, `Staffel 2, Folge 7`, `Trailer`, `Bonusfolge`: only full episodes are counted aloud."""
    kind = {"full": "Folge", "trailer": "Trailer", "bonus": "Bonusfolge"}[episode.episode_type]
    counted = episode.episode_type == "full" and episode.number is not None
    numbered = f"{kind}{german.NBSP}{episode.number}" if counted else kind
    return numbered if episode.season is None else f"Staffel{german.NBSP}{episode.season}, {numbered}"


def _render(template: str, here: str, **values: object) -> str:
    def link(address: str) -> str:
        return addresses.relative(address, seen_from=here)

    return _environment().get_template(template).render(here=here, link=link, **values)


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # noqa: PLC0415  imported late: `--help` needs no templates
    from markupsafe import Markup  # noqa: PLC0415

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline.publish", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "audio_title": lambda media_type: format_of(media_type).title,
        "day": german.day,
        "duration": german.duration,
        "iso_duration": german.iso_duration,
        "label": label,
        "sanitised": Markup,  # for show notes alone: nh3 has been over them
        "seconds": _seconds,
        "size": german.size,
    }
    environment.globals |= {"addresses": addresses, "content_security_policy": CONTENT_SECURITY_POLICY}
    return environment


def _newest_first(items: Sequence[Item]) -> list[Item]:
    """Drafts without a date stand before all others."""
    dated = sorted((item for item in items if item.published), key=_moment, reverse=True)
    return [item for item in items if item.published is None] + dated


def _moment(item: Item) -> float:
    assert item.published is not None
    return item.published.timestamp()


def _seconds(value: float) -> str:
    """`754.2`: to the hundredth, without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
