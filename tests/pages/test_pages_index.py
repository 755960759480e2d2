"""The front page: what the show is, how to subscribe, every episode."""

from __future__ import annotations

from datetime import datetime, timedelta

import page_samples as samples
from page_samples import parsed, select

from pipeline.site.frame import Frame
from pipeline.site.pages import NEWEST, render_index


def episode(folder: str, day: int | None, **changes: object) -> samples.Item:
    published = datetime(2026, 1, day, 6, 0, tzinfo=samples.CET) if day else None
    return samples.item(
        transcript=None, duration_s=2700.0, folder=folder, title=folder.upper(), published=published, **changes
    )


def test_episodes_are_listed_newest_first_and_undated_drafts_before_them() -> None:
    html = render_index(Frame(show=samples.show()), [episode("a", 3), episode("c", None), episode("b", 9)])
    links = select(parsed(html), ".episodes h3 a")
    assert [(link.text, link.get("href")) for link in links] == [
        ("C", "folgen/c/index.html"),
        ("B", "folgen/b/index.html"),
        ("A", "folgen/a/index.html"),
    ]


def test_the_older_ones_of_three_hundred_episodes_are_folded_by_year() -> None:
    many = [
        samples.item(
            transcript=None,
            duration_s=2700.0,
            folder=f"{number:03}-folge",
            number=number,
            published=datetime(2020, 1, 1, 6, 0, tzinfo=samples.CET) + timedelta(days=7 * number),
        )
        for number in range(300)
    ]
    tree = parsed(render_index(Frame(show=samples.show()), many))
    assert len(select(tree, ".episodes h3 a")) == NEWEST
    years = [int(summary.text.strip()) for summary in tree.xpath("//summary")]
    assert years == sorted(years, reverse=True)
    assert len(years) <= 6
    links = {href for href in tree.xpath("//main//a/@href") if href.startswith("folgen/")}
    assert len(links) == 300
    assert not tree.xpath("//details[@open]")


def test_the_newest_episode_leads_with_a_large_cover_and_its_own_play_button() -> None:
    tree = parsed(render_index(Frame(show=samples.show()), [episode("a", 3), episode("b", 9, cover="bild.png")]))
    (lead,) = select(tree, ".episodes .lead")
    (button,) = select(lead, ".listen")
    assert (button.get("href"), button.get("data-audio")) == ("folgen/b/index.html", "audio/b.mp3")
    covers = [(image.get("src"), image.get("width"), image.get("loading")) for image in select(tree, ".episodes img")]
    assert covers == [("folgen/b/cover-gross.webp", "180", None), ("assets/cover-klein.webp", "81", "lazy")]
    assert all(image.get("alt") == "" for image in select(tree, ".episodes img"))


def test_guests_are_named_in_the_list() -> None:
    tree = parsed(render_index(Frame(show=samples.show()), [episode("a", 3)]))
    assert select(tree, ".episodes .about")[0].text == "Mit Stimme Zwei und Stimme Drei"


def test_a_preview_never_offers_the_public_feed() -> None:
    html = render_index(Frame(show=samples.show(), preview=True), [episode("a", 3)])
    assert "Vorschau, nicht veröffentlicht." in html
    assert samples.BASE_URL not in html


def test_a_show_without_episodes_says_so() -> None:
    assert "Noch ist keine Folge veröffentlicht." in render_index(Frame(show=samples.show()), [])


def test_titles_with_markup_stay_text() -> None:
    item = samples.item(transcript=None, duration_s=1.0, title="<b>&amp;", summary="<i>")
    tree = parsed(render_index(Frame(show=samples.show(title="<u>")), [item]))
    assert select(tree, ".episodes h3")[0].text_content() == "<b>&amp;"
    assert select(tree, "h1")[0].text_content() == "<u>"
    assert not tree.xpath("//b | //i | //u")
