"""Turns German text into the part of an address."""

from __future__ import annotations

import re
import unicodedata


def slugify(text: str) -> str:
    """A German text as a slug: `Digitale Schule: Übung` → `digitale-schule-uebung`; "" if nothing is left."""
    text = unicodedata.normalize("NFC", text)
    table = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "æ": "ae", "å": "aa", "ł": "l"})
    plain = unicodedata.normalize("NFKD", text.lower().translate(table))  # other accents fall off their letters
    return "-".join(re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign))))
