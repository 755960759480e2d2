"""Renders what search engines read: structured data in the pages (schema.org), sitemap.xml and robots.txt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from pipeline import addresses
from pipeline.german import formatting as german

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipeline.values.published import Item
    from pipeline.values.show import Show

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def episode_data(show: Show, item: Item) -> str:
    """The episode as JSON-LD, safe inside `<script>`."""
    episode, enclosure = item.episode, item.enclosure
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "PodcastEpisode",
        "name": episode.title,
        "description": episode.summary,
        "url": addresses.absolute(show.base_url, addresses.page(episode.folder)),
        "inLanguage": show.language,
        "timeRequired": german.iso_duration(enclosure.duration_s),
        "associatedMedia": [
            {
                "@type": "AudioObject",
                "contentUrl": addresses.absolute(show.base_url, file.path),
                "encodingFormat": file.media_type,
                "contentSize": str(file.size_bytes),
                "duration": german.iso_duration(enclosure.duration_s),
            }
            for file in enclosure.files
        ],
        "partOfSeries": {
            "@type": "PodcastSeries",
            "name": show.title,
            "url": addresses.absolute(show.base_url, addresses.INDEX),
        },
    }
    if item.published is not None:
        data["datePublished"] = item.published.isoformat()
    if episode.number is not None:
        data["episodeNumber"] = episode.number
    return _embedded(data)


def show_data(show: Show) -> str:
    """The show as JSON-LD, safe inside `<script>`."""
    return _embedded(
        {
            "@context": "https://schema.org",
            "@type": "PodcastSeries",
            "name": show.title,
            "description": show.description.strip(),
            "url": addresses.absolute(show.base_url, addresses.INDEX),
            "webFeed": addresses.absolute(show.base_url, addresses.FEED),
            "inLanguage": show.language,
            "author": {"@type": "Organization", "name": show.author},
            "license": show.license_url,
        }
    )


def render_sitemap(show: Show, pages: Sequence[tuple[str, date | None]]) -> str:
    """sitemap.xml: addresses, with the day of their last known change."""
    ElementTree.register_namespace("", _SITEMAP)
    root = ElementTree.Element(f"{{{_SITEMAP}}}urlset")
    for address, changed in pages:
        url = ElementTree.SubElement(root, f"{{{_SITEMAP}}}url")
        ElementTree.SubElement(url, f"{{{_SITEMAP}}}loc").text = addresses.absolute(show.base_url, address)
        if changed is not None:
            ElementTree.SubElement(url, f"{{{_SITEMAP}}}lastmod").text = changed.isoformat()
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def render_robots(show: Show, *, public: bool) -> str:
    """robots.txt. Search engines read it only at the root of a host; under a sub-path it shows what to copy into the
    host's own file."""
    if not public:
        return "User-agent: *\nDisallow: /\n"
    return f"User-agent: *\nAllow: /\n\nSitemap: {addresses.absolute(show.base_url, addresses.SITEMAP)}\n"


def _embedded(data: object) -> str:
    """JSON that cannot be read as `</script>`, a comment or an entity."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
