"""The front page: what the show is, how to subscribe, every episode."""

from __future__ import annotations

from datetime import datetime

import page_samples as samples
from page_samples import parsed, select

from pipeline.publish.pages import render_index


def episode(folder: str, day: int | None, **changes: object) -> samples.Item:
    published = datetime(2026, 1, day, 6, 0, tzinfo=samples.CET) if day else None
    return samples.item(
        transcript=None, duration_s=2700.0, folder=folder, title=folder.upper(), published=published, **changes
    )


def test_episodes_stand_newest_first_and_undated_drafts_before_them() -> None:
    html = render_index(samples.show(), [episode("a", 3), episode("c", None), episode("b", 9)])
    links = select(parsed(html), ".episodes h3 a")
    assert [(link.text, link.get("href")) for link in links] == [
        ("C", "folgen/c/index.html"),
        ("B", "folgen/b/index.html"),
        ("A", "folgen/a/index.html"),
    ]


def test_the_front_page_says_how_to_subscribe_with_the_full_address() -> None:
    (link,) = select(parsed(render_index(samples.show(), [])), ".feed a")
    assert link.get("href") == "feed.xml"
    assert link.text == "https://podcast.example.org/mv/feed.xml"


def test_without_an_address_on_the_web_only_the_file_is_named() -> None:
    show = samples.show(base_url="https://podcast.invalid/", placeholders=("base_url",))
    html = render_index(show, [])
    assert select(parsed(html), ".feed a")[0].text == "feed.xml"
    assert "invalid" not in html


def test_a_preview_never_offers_the_public_feed() -> None:
    html = render_index(samples.show(), [episode("a", 3)], preview=True)
    assert "Vorschau, nicht veröffentlicht." in html
    assert samples.BASE_URL not in html


def test_a_show_without_episodes_says_so() -> None:
    assert "Noch ist keine Folge veröffentlicht." in render_index(samples.show(), [])


def test_titles_with_markup_stay_text() -> None:
    item = samples.item(transcript=None, duration_s=1.0, title="<b>&amp;", summary="<i>")
    tree = parsed(render_index(samples.show(title="<u>"), [item]))
    assert select(tree, ".episodes h3")[0].text_content() == "<b>&amp;"
    assert select(tree, "h1")[0].text_content() == "<u>"
    assert not tree.xpath("//b | //i | //u")
