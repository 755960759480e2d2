"""The rest of the site beside its episodes: how to subscribe, how to use it, 404, sitemap, robots, colours."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import page_samples as samples
import pytest
from page_samples import parsed, select

from pipeline import addresses
from pipeline.errors import ConfigError
from pipeline.site.files import static_files
from pipeline.site.frame import Frame
from pipeline.site.pages import render_help, render_not_found, render_people, render_subscribe
from pipeline.site.search_engines import render_robots, render_sitemap, show_data
from pipeline.site.theme import HOUSE, check_contrast, contrast
from pipeline.values.show import Directory, Palette, Theme

PUBLIC = Frame(show=samples.show())


def test_the_feed_can_be_copied_opened_and_found_in_directories() -> None:
    listed = (
        Directory(name="Verzeichnis", url="https://example.org/v"),
        Directory(name="Bald", url="https://x.invalid/"),
    )
    tree = parsed(render_subscribe(Frame(show=samples.show(directories=listed))))
    (link,) = select(tree, ".feed a")
    assert (link.get("href"), link.text) == ("../feed.xml", "https://podcast.example.org/mv/feed.xml")
    assert tree.xpath("//button/@data-copy") == ["https://podcast.example.org/mv/feed.xml"]
    assert "podcast://podcast.example.org/mv/feed.xml" in tree.xpath("//a/@href")
    assert [a.text for a in select(tree, ".directories a")] == ["Verzeichnis"]


def test_four_apps_subscribe_by_a_link() -> None:
    links = {a.text: a.get("href") for a in select(parsed(render_subscribe(PUBLIC)), ".apps a")}
    assert links == {
        "Apple Podcasts": "podcast://podcast.example.org/mv/feed.xml",
        "AntennaPod": "https://antennapod.org/deeplink/subscribe?url=https%3A%2F%2Fpodcast.example.org%2Fmv%2Ffeed.xml",
        "Pocket Casts": "pktc://subscribe/podcast.example.org/mv/feed.xml",
        "Overcast": "overcast://x-callback-url/add?url=https%3A%2F%2Fpodcast.example.org%2Fmv%2Ffeed.xml",
    }


@pytest.mark.parametrize(
    "frame", [Frame(show=samples.show(base_url="https://podcast.invalid/")), Frame(show=samples.show(), preview=True)]
)
def test_without_a_public_address_only_the_file_is_named(frame: Frame) -> None:
    html = render_subscribe(frame)
    assert select(parsed(html), ".feed a")[0].text == "feed.xml"
    assert "podcast://" not in html
    assert frame.show.base_url not in html


def test_the_link_to_topics_is_shown_only_if_there_are_some() -> None:
    for has_topics in (True, False):
        tree = parsed(render_help(Frame(show=samples.show(), has_topics=has_topics)))
        assert ("Themen" in [a.text for a in select(tree, ".ways a")]) is has_topics


def test_the_navigation_marks_the_current_page() -> None:
    assert [a.text for a in parsed(render_people(PUBLIC, [])).xpath("//a[@aria-current='page']")] == ["Personen"]
    assert [a.text for a in parsed(render_help(PUBLIC)).xpath("//a[@aria-current='page']")] == ["Bedienhinweise"]


def test_the_page_for_wrong_addresses_works_under_any_path() -> None:
    tree = parsed(render_not_found(PUBLIC))
    own = [url for url in tree.xpath("//a/@href | //link/@href | //@src") if "://" not in url and url[0] not in "#m"]
    assert own
    assert all(url.startswith("/mv/") for url in own)
    assert tree.xpath("//meta[@name='robots']/@content") == ["noindex, nofollow"]
    unplaced = parsed(render_not_found(Frame(show=samples.show(base_url="https://podcast.invalid/x/"))))
    assert "assets/podcast.css" in unplaced.xpath("//link/@href")


def test_the_sitemap_names_pages_with_full_addresses_and_days() -> None:
    text = render_sitemap(samples.show(), [("index.html", None), ("folgen/a b/index.html", date(2026, 3, 1))])
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = ElementTree.fromstring(text)
    assert [loc.text for loc in root.findall("s:url/s:loc", space)] == [
        "https://podcast.example.org/mv/index.html",
        "https://podcast.example.org/mv/folgen/a%20b/index.html",
    ]
    assert [day.text for day in root.findall("s:url/s:lastmod", space)] == ["2026-03-01"]


def test_robots_are_shown_the_sitemap_or_asked_to_stay_away() -> None:
    assert "Sitemap: https://podcast.example.org/mv/sitemap.xml" in render_robots(samples.show(), public=True)
    assert render_robots(samples.show(), public=False) == "User-agent: *\nDisallow: /\n"


def test_structured_data_cannot_close_its_script() -> None:
    assert "<" not in show_data(samples.show(title="</script><!--"))


# --- colours ----------------------------------------------------------------------------------------------------------


def test_the_default_colours_are_readable() -> None:
    check_contrast(Theme(), where=Path("show.toml"))
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails
    assert all(contrast(colours["ink"], colours["paper"]) > 7 for colours in HOUSE.values())


def test_every_unreadable_colour_is_named() -> None:
    theme = Theme(light=Palette(quiet="#aaaaaa"), dark=Palette(accent="#333333"))
    with pytest.raises(ConfigError) as caught:
        check_contrast(theme, where=Path("show.toml"))
    text = str(caught.value)
    assert "theme.light: quiet (#aaaaaa) auf paper (#fbf8f1): Kontrast 2,1 : 1, gebraucht werden 4,5 : 1" in text
    assert "theme.dark: accent (#333333) auf paper" in text


def test_the_theme_reaches_style_sheet_and_drawings() -> None:
    files = static_files(Theme(light=Palette(paper="#fffffe", accent="#7a003c"), font="sans"))
    style = files[addresses.STYLE].decode()
    assert "--paper: #fffffe;" in style
    assert "--text: system-ui" in style
    assert "$" not in style
    assert "#fffffe" in files[addresses.HORIZON].decode()
    assert "#7a003c" in files[addresses.ICON].decode()


def test_a_logo_is_shown_beside_the_title() -> None:
    frame = Frame(show=samples.show(theme=Theme(logo="bilder/logo.SVG")))
    (image,) = parsed(render_help(frame)).xpath("//img")
    assert (image.get("src"), image.get("alt")) == ("../assets/logo.svg", "")
