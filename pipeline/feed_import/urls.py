"""Parts of an address: what messages show of it, which server it is on, and whose password goes there."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit, urlunsplit

from pipeline.addresses import shown
from pipeline.errors import FeedError


def is_address(source: str) -> bool:
    """Return whether `source` is an address, not a file's name. Raises FeedError for any scheme but http and https."""
    scheme, colon, _ = source.partition("://")
    if colon and scheme.lower() not in {"http", "https"}:
        raise FeedError(
            f"Adressen mit „{scheme}://“ werden nicht geladen.",
            where=shown(source),
            advice="Eine Adresse mit https:// oder http:// angeben, oder den Feed als Datei nennen.",
        )
    return bool(colon)


def origin(url: str) -> str:
    """Host and port: an address that differs in them is not one that people named."""
    parts = urlsplit(url)
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    port = parts.port or standard
    return f"{parts.hostname}" if port == standard else f"{parts.hostname}:{port}"


def origin_or_none(url: str) -> str | None:
    try:
        return origin(url)
    except ValueError:
        return None


def with_user_of(source: str, url: str) -> str:
    """`url`, a further page of `source` on the same server, with the user and password given in `source`."""
    user, at, _ = urlsplit(source).netloc.rpartition("@")
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=user + at + parts.netloc.rpartition("@")[2]))


def without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def user_of(url: str) -> tuple[str, str] | None:
    """The user and password in the address that people named; they are sent to its own host only."""
    parts = urlsplit(url)
    return (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
