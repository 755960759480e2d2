"""Show notes that nobody would write: the work grows with their length, and no nesting is too deep."""

from __future__ import annotations

import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from publish_samples import GUEST, episode

from pipeline.notes.guards import guarded
from pipeline.notes.shownotes import render_shownotes

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT = episode(summary="Kurz.", chapters=(), speakers=(GUEST,))


def html(markdown: str) -> str:
    return render_shownotes(markdown, episode=SHORT, duration_s=100.0).html


def lines_run(markdown: str) -> int:
    """How many lines of Python run until the notes are HTML: the same on every machine."""
    count = 0

    def trace(*_: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        html(markdown)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("part", ["[", "[a](", "[a](<", "[a][", "[[](", "- a\n", "a\n===\n", "---\n", "- 31. "])
def test_four_times_the_text_is_about_four_times_the_work(part: str) -> None:
    html(part)
    once, four_times = lines_run(part * 600), lines_run(part * 2400)
    assert four_times < 6 * once


@pytest.fixture
def a_minute_of_the_processor() -> Iterator[None]:
    """Ends work that would take hours: a regular expression runs no lines that could be counted."""
    if not hasattr(signal, "ITIMER_VIRTUAL"):
        pytest.skip("needs a timer of processor time")

    def stop(*_: object) -> None:
        raise AssertionError("a minute of processor time is over")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(
    "line", [" " * 500_000 + "a", "- 31. " * 100_000, "- " + " " * 500_000 + "a", ">" + " " * 500_000 + "31."]
)
def test_a_line_of_spaces_or_numbers_is_read_once(line: str, a_minute_of_the_processor: None) -> None:
    assert guarded(line).replace("\\", "").split() == line.split()


@pytest.mark.parametrize(
    "markdown",
    [
        "- " * 3000 + "Ende",
        "* " * 3000 + "Ende",
        "   " + "1. - " * 1500 + "Ende",
        "> " * 3000 + "Ende",
        "> - " * 1500 + "Ende",
        "\n".join("    " * depth + f"- Ebene {depth}" for depth in range(300)) + " Ende",
        "[a " * 3000 + "Ende" + "](https://example.org)" * 3000,
    ],
)
def test_no_nesting_is_too_deep(markdown: str) -> None:
    text = re.sub(r"<[^>]+>", " ", html(markdown))
    assert "Ende" in text


def test_ten_levels_are_kept_and_further_ones_are_shown_as_typed() -> None:
    assert html("- " * 10 + "a").count("<ul>") == 10
    assert html("- " * 12 + "a").count("<ul>") == 10
    assert "- - a" in html("- " * 12 + "a")
    assert html("- " * 30).strip() == "<hr>"


def test_a_list_of_a_thousand_items_stays_one_list() -> None:
    numbered = html("".join(f"{number}. Punkt {number}\n" for number in range(1, 1001)))
    assert (numbered.count("<ol>"), numbered.count("<li>")) == (1, 1000)
    assert html("> a\n" * 1000).count("<blockquote>") == 1


def test_a_link_may_have_brackets_in_its_text_and_a_long_address() -> None:
    long = "https://example.org/?" + "a" * 3000
    assert f'href="{long}"' in html(f"[Text]({long})")
    assert '<a href="https://example.org" rel="noopener noreferrer">[2] [a [b]]</a>' in html(
        "[[2] [a [b]]](https://example.org)"
    )
