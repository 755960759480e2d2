"""Downloads → one small HTML page: plots as SVG, and every number in tables. No script, no request."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--line:#c9d1d9;--bar:#0b5cad}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a9b4c0;--paper:#11161c;--line:#3b444d;--bar:#7cb7ff}}
body{margin:0 auto;max-width:62rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper)}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2rem}
.wide{overflow-x:auto}table{border-collapse:collapse}caption{text-align:left;color:var(--soft)}
th,td{padding:.3rem .8rem .3rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right}svg{width:100%;height:auto;min-width:30rem;display:block}
svg text{font-size:12px;fill:var(--ink)}svg .grid{stroke:var(--line)}svg .bar{fill:var(--bar)}
summary{cursor:pointer;min-height:1.5rem}
"""
_LEFT, _WIDTH, _TOP, _HEIGHT, _BELOW = 56.0, 880.0, 10.0, 160.0, 30.0
_MOST_DAYS = 92
_FIRST_DAYS = (7, 30)
_RULES = (
    "Gezählt ist, wer mindestens eine Minute geladen hat, je Folge und Programm einmal in 24 Stunden, ohne "
    "Suchmaschinen und andere Programme ohne Menschen (Regeln des IAB)."
)


def render_page(
    downloads: Mapping[tuple[str, date], int],
    programs: Mapping[tuple[str, date], int],
    *,
    show: str,
    titles: Mapping[str, str],
) -> str:
    """The whole page. `titles` are the episodes' by folder, in the order in which they are listed."""
    by_day = _by_day(downloads)
    total = sum(downloads.values())
    title = f"Downloads: {show}"
    first, last = (min(by_day), max(by_day)) if by_day else (None, None)
    span = f"vom {_german(first)} bis zum {_german(last)}" if first and last else "bisher"
    parts = [
        "<!doctype html>",
        '<html lang="de"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        f"<p>{_count(total)} {span}. {_RULES}</p>",
        "<h2>Verlauf</h2>",
        _plot(by_day),
        f"<details><summary>Verlauf als Tabelle</summary>{_days(by_day)}</details>" if by_day else "",
        "<h2>Folgen</h2>",
        _episodes(downloads, titles),
        "<h2>Programme</h2>",
        _programs(programs),
        "</main></body></html>\n",
    ]
    return "\n".join(filter(None, parts))


def _plot(by_day: Mapping[date, int]) -> str:
    """A bar for each day, or for each week if there are many days."""
    if not by_day:
        return "<p>Noch keine Downloads.</p>"
    bars = list(_bars(by_day))
    most = max(count for _, count in bars)
    step = _WIDTH / len(bars)
    what = "Tag" if len(bars) == (max(by_day) - min(by_day)).days + 1 else "Woche"
    label = f"Downloads je {what}, {len(bars)} Balken, höchstens {_thousands(most)}; die Zahlen stehen in der Tabelle."
    drawn = [
        f'<svg viewBox="0 0 {_LEFT + _WIDTH + 12:.0f} {_TOP + _HEIGHT + _BELOW:.0f}" role="img" aria-label="{label}">'
    ]
    for part in (0.0, 0.5, 1.0):
        y = _TOP + _HEIGHT * (1 - part)
        drawn.append(f'<path class="grid" d="M{_LEFT} {y:.1f}h{_WIDTH}"/>')
        drawn.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_thousands(round(most * part))}</text>')
    outline = "".join(
        f"M{_LEFT + at * step:.1f} {_TOP + _HEIGHT:.1f}v{-_HEIGHT * count / most:.1f}h{max(0.5, step - 1):.1f}"
        f"v{_HEIGHT * count / most:.1f}z"
        for at, (_, count) in enumerate(bars)
        if count
    )
    drawn.append(f'<path class="bar" d="{outline}"/>')
    every = max(1, len(bars) // 8)
    for at, (day, _) in enumerate(bars):
        if at % every == 0:
            x, y = _LEFT + (at + 0.5) * step, _TOP + _HEIGHT + 18
            drawn.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{day.day}.{day.month}.</text>')
    region = '<div class="wide" tabindex="0" role="region" aria-label="Verlauf">'
    return f"{region}{''.join(drawn)}</svg></div><p>Downloads je {what}.</p>"


def _bars(by_day: Mapping[date, int]) -> Iterator[tuple[date, int]]:
    first, last = min(by_day), max(by_day)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    if len(days) <= _MOST_DAYS:
        yield from ((day, by_day.get(day, 0)) for day in days)
        return
    for monday, week in groupby(days, key=_monday):
        yield monday, sum(by_day.get(day, 0) for day in week)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days(by_day: Mapping[date, int]) -> str:
    rows = (
        f'<tr><th scope="row">{_german(day)}</th><td class="n">{_thousands(count)}</td></tr>'
        for day, count in sorted(by_day.items(), reverse=True)
    )
    return _table("Downloads je Tag", ("Tag",), ("Downloads",), rows)


def _episodes(downloads: Mapping[tuple[str, date], int], titles: Mapping[str, str]) -> str:
    def row(folder: str) -> str:
        days = {day: count for (name, day), count in downloads.items() if name == folder}
        first = min(days)
        early = (sum(count for day, count in days.items() if day < first + timedelta(days=n)) for n in _FIRST_DAYS)
        cells = "".join(f'<td class="n">{_thousands(count)}</td>' for count in (sum(days.values()), *early))
        return f'<tr><th scope="row">{escape(titles.get(folder, folder))}</th><td>{_german(first)}</td>{cells}</tr>'

    counted = {folder for folder, _ in downloads}
    listed = [*(folder for folder in titles if folder in counted), *sorted(counted - titles.keys())]
    if not listed:
        return "<p>Noch keine Downloads.</p>"
    numbers = ("gesamt", *(f"in den ersten {n} Tagen" for n in _FIRST_DAYS))
    return _table("Downloads je Folge", ("Folge", "erster Download"), numbers, map(row, listed))


def _programs(programs: Mapping[tuple[str, date], int]) -> str:
    totals: dict[str, int] = {}
    for (name, _), count in programs.items():
        totals[name] = totals.get(name, 0) + count
    whole = sum(totals.values())
    if not whole:
        return "<p>Noch keine Downloads.</p>"
    rows = (
        f'<tr><th scope="row">{escape(name)}</th><td class="n">{_thousands(count)}</td>'
        f'<td class="n">{100 * count / whole:.0f} %</td></tr>'
        for name, count in sorted(totals.items(), key=lambda entry: (-entry[1], entry[0]))
    )
    return _table("Downloads je Programm", ("Programm",), ("Downloads", "Anteil"), rows)


def _table(caption: str, texts: Iterable[str], numbers: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in texts)
    head += "".join(f'<th scope="col" class="n">{name}</th>' for name in numbers)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _by_day(downloads: Mapping[tuple[str, date], int]) -> dict[date, int]:
    found: dict[date, int] = {}
    for (_, day), count in downloads.items():
        found[day] = found.get(day, 0) + count
    return found


def _german(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _count(number: int) -> str:
    return "1 Download" if number == 1 else f"{_thousands(number)} Downloads"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")
