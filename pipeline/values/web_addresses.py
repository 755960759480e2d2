"""Checks addresses of the web as people write them, or as a feed names them.

Each check returns the address to keep, or raises a ValueError whose German text continues after the key.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

_BEGINS = re.compile(r"https?://[^\s/]")
# RFC 3986 and the URL standard allow none of these, and each of them ends an address somewhere: in HTML, in headers, in
# Markdown. Further signs of other alphabets are common in addresses copied from a browser, and stay.
_NEVER = frozenset('"<>\\')
_NOT_IN_A_FOLDER = frozenset("'`{}|^")
_NO_SIGN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_HOST = re.compile(r"(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?\Z")
_IPV6 = re.compile(r"[0-9a-fA-F:.]+\Z")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def checked_web_address(text: str) -> str:
    """`text`, without spaces around it, as an address that apps and browsers can open: https or http, a server, a port
    from 1 to 65535 if any; without user and password, which everybody would read."""
    text = text.strip(" ")
    if not _BEGINS.match(text):
        raise ValueError("eine Adresse, die mit https:// beginnt")
    for sign in text:
        if sign in _NEVER or unicodedata.category(sign) in _NO_SIGN:
            raise ValueError(_forbidden(sign))
    server = re.split("[/?#]", text.partition("://")[2])[0]
    if "@" in server:
        raise ValueError("Benutzer und Passwort gehören nicht in eine Adresse, die alle lesen")
    if not _is_server(text):
        raise ValueError(f"Server oder Port der Adresse stimmen nicht: „{server}“")
    return text


def checked_https_address(text: str) -> str:
    """`text` as `checked_web_address` returns it, where Podcasting 2.0 (docs/1.0.md) allows https only."""
    address = checked_web_address(text)
    if not address.startswith("https://"):
        raise ValueError("eine Adresse, die mit https:// beginnt; etwas anderes erlaubt Podcasting 2.0 hier nicht")
    return address


def checked_folder_address(text: str) -> str:
    """`text` as the address under which all files of a site are, with the slash at its end."""
    text = checked_web_address(text)
    for sign in text:
        if sign in _NOT_IN_A_FOLDER:
            raise ValueError(_forbidden(sign))
    if "?" in text or "#" in text:
        raise ValueError("ohne „?“ und „#“: gemeint ist der Ordner, in dem der Feed liegt")
    path = urlsplit(text).path
    if _STRAY_PERCENT.search(path):
        raise ValueError("hinter „%“ fehlen zwei Ziffern, wie in %20")
    if "//" in path or {".", ".."} & set(path.split("/")):
        raise ValueError("ohne „//“, „.“ und „..“ im Pfad, wie in https://beispiel.de/podcast/")
    return text if text.endswith("/") else text + "/"


def is_web_address(text: str) -> bool:
    """Whether `checked_web_address` takes `text`."""
    try:
        checked_web_address(text)
    except ValueError:
        return False
    return True


def _is_server(text: str) -> bool:
    """Whether the address has a host that a name or an IP address can be, and a possible port, if any."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if port == 0 or parts.netloc.endswith(":"):
        return False
    if "[" in parts.netloc:
        return _IPV6.match(host) is not None
    return len(host) <= 253 and _HOST.match(host) is not None


def _forbidden(sign: str) -> str:
    if sign.isspace():
        return "ohne Leerzeichen und Zeilenumbrüche; in einer Adresse steht %20 dafür"
    if unicodedata.category(sign) in _NO_SIGN:
        return f"darf keine unsichtbaren Zeichen enthalten (hier: U+{ord(sign):04X})"
    return f"darf kein „{sign}“ enthalten; in einer Adresse steht %{ord(sign):02X} dafür"
