"""`make set` and `make new` ask people, or take what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from probe_show import FOLDER, podcast
from terminal import at_a_terminal

from pipeline.show.config import load_episode, load_registry, load_show


def typed(root: Path, *arguments: str, answers: tuple[str, ...]) -> str:
    """Run the command at a terminal of 80 columns, where somebody types the `answers`; return the screen."""
    today = ("--today", "2026-11-27T09:00:00+01:00")
    command = [sys.executable, "-m", "pipeline", "--root", str(root), *today, *arguments]
    return at_a_terminal(command, ahead="".join(f"{answer}\n" for answer in answers).encode())[0]


def test_people_are_asked_with_what_is_there_and_see_the_lines_before_they_agree(fresh_show: Path) -> None:
    path = fresh_show / "episodes" / FOLDER / "episode.toml"
    before = path.read_bytes()
    answers = ("Neue Leitungen", "31.2.", "Donnerstag, 6 Uhr", "", "Tom Takt, Lars Licht", "", "", "", "")
    screen = typed(fresh_show, "set", "1", answers=(*answers, "j", "n"))
    assert "jetzt: Eine „kurze“ Probe & mehr" in screen
    assert "jetzt: Tom Takt [Testwerk] (Moderation), Sina Silbe [Wortlabor]" in screen
    assert "Termin: „31.2.“ ist kein Termin; so geht es: 3.12.2026, 6 Uhr;" in screen
    assert 'vorher:  title = "Eine „kurze“ Probe & mehr"\n  nachher: title = "Neue Leitungen"' in screen
    assert "„Lars Licht“ auch in episodes/speakers.toml eintragen, für weitere Folgen? [j/N]: " in screen
    assert "So schreiben? [j/N]: Nichts geändert." in screen
    assert path.read_bytes() == before
    assert not (fresh_show / "episodes/speakers.toml").exists()
    screen = typed(fresh_show, "set", "1", answers=(*answers, "j", "ja"))
    assert f"Geschrieben. Der vorige Stand liegt in episodes/{FOLDER}/work/gesichert." in screen
    episode = load_episode(fresh_show, FOLDER, load_show(fresh_show))
    assert (episode.title, [one.name for one in episode.speakers]) == ("Neue Leitungen", ["Tom Takt", "Lars Licht"])
    assert [one.name for one in load_registry(fresh_show)] == ["Lars Licht"]
    asked = screen[screen.index("001-probe") : screen.index("episodes/")]
    assert max(map(len, asked.replace("neu: ", "\n").splitlines())) < 80  # nobody sees their Enter here


def test_without_a_terminal_nothing_is_written_unasked(fresh_show: Path) -> None:
    path = fresh_show / "episodes" / FOLDER / "episode.toml"
    before = path.read_bytes()
    nobody = podcast(fresh_show, "set", "1", stdin=subprocess.DEVNULL)
    assert (nobody.returncode, '--date "3.12.2026, 6 Uhr"' in nobody.stderr) == (2, True)
    planned = podcast(fresh_show, "set", "1", "--date", "3.12.2026", stdin=subprocess.DEVNULL)
    assert "nachher: published = 2026-12-03T06:00:00+01:00" in planned.stdout
    assert planned.stdout.endswith("Noch nichts geändert. Mit --yes wird geändert.\n")
    assert path.read_bytes() == before
    done = podcast(fresh_show, "set", "1", "--date", "3.12.2026", "--yes", stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == before.replace(b"2026-01-15T06", b"2026-12-03T06")
    again = podcast(fresh_show, "set", "1", "--date", "3.12.2026, 6 Uhr", "--yes", stdin=subprocess.DEVNULL)
    assert again.stdout == f"{FOLDER}: alles steht schon so da.\n"


def test_a_new_episode_has_the_names_of_those_who_speak(fresh_show: Path) -> None:
    given = podcast(fresh_show, "new", "7", "--title", "Schule", "--speakers", "Klara Klang, Tom Takt [Amt]")
    assert given.returncode == 0, given.stderr
    asked = typed(fresh_show, "new", "8", "--title", "Netze", answers=("A (Regie)", "Klara Klang und Sina Silbe"))
    assert "„(Regie)“ ist keine Rolle; möglich sind (Moderation) und (Gast)" in asked
    later = typed(fresh_show, "new", "9", "--title", "Später", answers=("",))
    assert "wer spricht, Zusammenfassung, Termin" in later
    show = load_show(fresh_show)
    people = {
        folder: [(one.name, one.organisation, one.role) for one in load_episode(fresh_show, folder, show).speakers]
        for folder in ("007-schule", "008-netze", "009-spaeter")
    }
    assert people == {
        "007-schule": [("Klara Klang", "", "host"), ("Tom Takt", "Amt", "guest")],
        "008-netze": [("Klara Klang", "", "host"), ("Sina Silbe", "", "guest")],
        "009-spaeter": [("Moderation", "", "host"), ("Gast", "Organisation", "guest")],
    }
    again = podcast(fresh_show, "new", "7", "--title", "Schule", "--speakers", "Klara Klang, Tom Takt [Amt]")
    assert again.returncode == 0, again.stderr
    twice = podcast(fresh_show, "new", "10", "--title", "Doppelt", "--speakers", "A, a")
    assert (twice.returncode, "Ein Name steht zweimal da." in twice.stderr) == (2, True)
    assert not (fresh_show / "episodes/010-doppelt").exists()
