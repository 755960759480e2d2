"""Checks the show by the rules of directories: artwork, lengths, copyright, address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.build.files import named_file
from pipeline.editor.checks.finding import APPLE, PODCASTING_20, PSP_1, CheckFinding, error, warning
from pipeline.errors import ConfigError, MissingFileError
from pipeline.feed.rss import DESCRIPTION_LIMIT_BYTES
from pipeline.paths import ShowPaths
from pipeline.tags.cover import check_cover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.values.show import Show

NODE_LIMIT = 255  # characters of any element, unless stated otherwise (PSP-1, namespace declarations)
_TOML = "episodes/show.toml"


def check_show(root: Path, show: Show) -> Iterator[CheckFinding]:
    yield from check_artwork(root, named_file(ShowPaths(root).episodes, show.cover), show.cover_width_px, where=_TOML)
    size_bytes = len(show.description.strip().encode("utf-8"))
    if not size_bytes:
        yield error(
            f"{_TOML}: description", "Die Beschreibung ist leer.", advice="Einen Absatz schreiben.", source=PSP_1
        )
    if size_bytes > DESCRIPTION_LIMIT_BYTES:
        yield warning(
            f"{_TOML}: description",
            f"Die Beschreibung hat {size_bytes} Bytes; im Feed endet sie nach {DESCRIPTION_LIMIT_BYTES}.",
            advice="Kürzen.",
            source=PSP_1,
        )
    for key, value in (("title", show.title), ("author", show.author), ("copyright", show.copyright)):
        if len(value) > NODE_LIMIT:
            text = f"{key} hat {len(value)} Zeichen, erlaubt sind {NODE_LIMIT}."
            yield error(f"{_TOML}: {key}", text, advice="Kürzen.", source=PSP_1)
    if "©" in show.copyright or "copyright" in show.copyright.lower():
        text = "copyright soll nur nennen, wem die Rechte gehören, ohne „©“ und „Copyright“."
        yield warning(f"{_TOML}: copyright", text, advice="Nur den Namen stehen lassen.", source=PSP_1)
    if show.base_url.startswith("http://"):
        text = "base_url ist unverschlüsselt (http); manche Apps laden von dort nichts."
        yield warning(f"{_TOML}: base_url", text, advice="https:// einrichten und eintragen.", source=APPLE)


def check_artwork(root: Path, path: Path, width_px: int | None, *, where: str) -> Iterator[CheckFinding]:
    """Findings about a cover, and about the width that the TOML file `where` says it has, if it says one."""
    try:
        facts = check_cover(path)
        if width_px not in {None, facts.width_px}:
            text = f"cover_width sagt {width_px} Pixel, das Bild ist {facts.width_px} breit."
            yield error(f"{where}: cover_width", text, advice=f"cover_width = {facts.width_px}", source=PODCASTING_20)
    except (ConfigError, MissingFileError) as mistake:
        name = path.relative_to(root).as_posix()
        yield error(name, mistake.problem, advice=mistake.advice, source=f"{PSP_1}, {APPLE}")
