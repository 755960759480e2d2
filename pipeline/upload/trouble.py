"""Problems of a target, as the libraries report them, in German and without credentials."""

from __future__ import annotations

import errno
import os
import re
import sys
from dataclasses import dataclass

from pipeline.addresses import shown
from pipeline.errors import TargetError

PASSWORD_VARIABLE = "PODCAST_SFTP_PASSWORD"

_SECRET_VARIABLES = (PASSWORD_VARIABLE, "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_REASON_CHARACTERS = 200


def failures() -> tuple[type[Exception], ...]:
    """The exceptions with which the libraries in use report problems of the target."""
    found: list[type[Exception]] = [OSError]
    if "asyncssh" in sys.modules:
        found += [sys.modules["asyncssh"].Error]
    if "botocore" in sys.modules:
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        found += [BotoCoreError, ClientError]
    return tuple(found)


def target_error(error: Exception, place: str) -> TargetError:
    """The error in German; known ones are found by class name, because their libraries may not be installed."""
    kind = type(error).__name__
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        kind = "ENAMETOOLONG"
    known = next((trouble for trouble in _TROUBLES if kind in trouble.kinds), None)
    if known is not None:
        return TargetError(known.problem, where=place, advice=known.advice)
    reason = without_credentials((str(error).strip().splitlines() or [""])[0])[:_REASON_CHARACTERS]
    return TargetError(
        f"Das Ziel ist nicht zu erreichen oder hat abgelehnt: {kind}{': ' if reason else ''}{reason}",
        where=place,
        advice="Netz und Ziel prüfen und den Befehl wiederholen; er macht dort weiter, wo er war.",
    )


def is_about_names(error: OSError) -> bool:
    """Whether something is missing, in another's place, or named too long: not the disk's fault, but the target's."""
    kinds = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError)
    return isinstance(error, kinds) or error.errno == errno.ENAMETOOLONG


def without_credentials(text: str) -> str:
    """`text` of a library: addresses in it without user, password and query, and none of the secrets in the
    environment."""
    text = re.sub(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]+", lambda found: shown(found[0]), text)
    for secret in filter(None, map(os.environ.get, _SECRET_VARIABLES)):
        text = text.replace(secret, "…")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    kinds: frozenset[str]  # names of exceptions
    problem: str
    advice: str


_TROUBLES = (
    _Trouble(
        kinds=frozenset({"NotADirectoryError", "FileExistsError"}),
        problem="Auf dem Ziel liegt eine Datei, wo ein Ordner hingehört.",
        advice="Die Datei dort umbenennen oder entfernen, oder in show.toml unter [publish] einen Ordner nennen.",
    ),
    _Trouble(
        kinds=frozenset({"IsADirectoryError"}),
        problem="Auf dem Ziel liegt ein Ordner, wo eine Datei hingehört.",
        advice="Den Ordner dort umbenennen oder entfernen und den Befehl wiederholen.",
    ),
    _Trouble(
        kinds=frozenset({"ENAMETOOLONG"}),
        problem="Ein Name ist für das Ziel zu lang.",
        advice="In show.toml unter [publish] ein Ziel mit kürzerem Namen nennen, oder die Datei kürzer benennen.",
    ),
    _Trouble(
        kinds=frozenset({"FileNotFoundError"}),
        problem="Das Ziel gibt es nicht.",
        advice="In show.toml unter [publish] prüfen, ob das Ziel richtig geschrieben ist. Der Ordner selbst wird "
        "angelegt, der darüber (oder der Speicher bei S3) muss schon da sein.",
    ),
    _Trouble(
        kinds=frozenset({"PermissionError", "SFTPPermissionDenied"}),
        problem="Das Ziel lässt uns nicht hinein oder dort nicht schreiben.",
        advice="Zugangsdaten und Rechte prüfen: bei SFTP den Schlüssel (ssh-agent, ~/.ssh) und den Benutzernamen, bei "
        "S3 die Umgebungsvariablen AWS_… oder ~/.aws. docs/server.md sagt mehr.",
    ),
    _Trouble(
        kinds=frozenset({"HostKeyNotVerifiable"}),
        problem="Den Server kennt dieser Rechner noch nicht, oder sein Schlüssel hat sich geändert.",
        advice="Einmal von Hand mit `sftp benutzer@server` anmelden und den gezeigten Fingerabdruck mit dem "
        "vergleichen, den der Betreiber nennt; danach den Befehl wiederholen.",
    ),
    _Trouble(
        kinds=frozenset({"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"}),
        problem="Für dieses Ziel gibt es keine vollständigen Zugangsdaten.",
        advice="AWS_ACCESS_KEY_ID und AWS_SECRET_ACCESS_KEY in der Umgebung setzen oder ~/.aws/credentials anlegen.",
    ),
)
