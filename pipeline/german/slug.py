"""Turns German text into the part of an address."""

from __future__ import annotations

import re
import unicodedata

from pipeline.paths import is_reserved


def slugify(text: str) -> str:
    """A German text as a slug: `Digitale Schule: Übung` → `digitale-schule-uebung`; "" if nothing is left.

    Slugs name folders. What Windows takes for a device gets an addition: `Aux` → `aux-1`."""
    text = unicodedata.normalize("NFC", text)
    table = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "æ": "ae", "å": "aa", "ł": "l"})
    plain = unicodedata.normalize("NFKD", text.lower().translate(table))  # other accents fall off their letters
    slug = "-".join(re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign))))
    return f"{slug}-1" if is_reserved(slug) else slug
