"""What a program calls itself → the family of apps that it belongs to, or that it does not count.

A short list of our own: those that matter for German shows. Programs change their names, so the rest is "andere".
"""

from __future__ import annotations

import re
from functools import lru_cache

OTHER = "andere"
UNKNOWN = "nicht genannt"

# Programs that fetch without a listener (Cubot makes phones). The IAB also leaves out watchOS, which fetches what the
# phone has fetched.
_NOT_COUNTED = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|scrap|index(?:er|ing)|archiv|monitor|uptime|check|preview|validator|scan|fetch"
    r"|^(?:curl|wget|python|go-http|java|ruby|perl|php|libwww|axios|node|httpie|feed)"
    r"|python-|facebookexternal|whatsapp|telegram|mastodon|headless|phantom|lighthouse|watchos|\batc/",
    re.IGNORECASE,
)
_FAMILIES = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("Spotify", r"spotify"),
        ("AntennaPod", r"antennapod"),
        ("Pocket Casts", r"pocket ?casts|\bpcast"),
        ("Overcast", r"overcast"),
        ("Podcast Addict", r"podcast ?addict"),
        ("Castbox", r"castbox"),
        ("Castro", r"\bcastro\b"),
        ("Amazon, Alexa", r"amazon ?music|alexa|\becho/"),
        ("Deezer", r"deezer"),
        ("YouTube Music, Google", r"youtube|google-?podcast|googlechirp"),
        ("ARD Audiothek", r"audiothek"),
        ("Podimo", r"podimo"),
        ("Player FM", r"player ?fm"),
        ("gPodder", r"gpodder"),
        ("VLC", r"\bvlc\b|libvlc"),
        ("Apple Podcasts", r"^podcasts/|^balados/|^podcaster?/|\bitunes/|applepodcasts|com\.apple\.podcasts"),
        ("Apple-Geräte (andere Apps)", r"applecoremedia|cfnetwork|darwin/"),
        ("Browser", r"mozilla/5\.0|opera/"),
    )
)


@lru_cache(maxsize=4096)
def family_of(agent: str | None) -> str | None:
    """The family of the program; None if its requests do not count. Without any name in the log: "nicht genannt"."""
    if agent is None:
        return UNKNOWN
    if agent in {"", "-"} or _NOT_COUNTED.search(agent):
        return None
    return next((name for name, pattern in _FAMILIES if pattern.search(agent)), OTHER)
