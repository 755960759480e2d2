"""The review page in a real browser: what keys do to the text, the sound, and the file on disk."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsers import until
from desk import TEXT, make_show, recognised, spoken

from pipeline.review import session
from pipeline.review.saving import TranscriptFile

if TYPE_CHECKING:
    from desk import Visits
    from playwright.sync_api import Page

REPEATED = """\
Tom Takt:
Das Kuratrium tagt heute. Wir fragen das Kuratrium nach dem Plan.

Sina Silbe [Wortlabor]:
Das Kuratrium plant viel. Im Kuratrium sitzen neun Leute, und das Kuratrium wächst.
"""

# what no browser does in its own way, and colour schemes, which Firefox does not emulate
in_chromium = pytest.mark.parametrize("browser", ["chromium"], indirect=True)


def cursor_at(page: Page, text: str, offset: int = 0) -> None:
    """Put the cursor into the text, at `offset` of the first place of `text`."""
    page.evaluate(
        """([text, offset]) => {
            const { view } = review;
            const at = view.state.doc.toString().indexOf(text);
            view.dispatch({ selection: { anchor: at + offset }, scrollIntoView: true });
            view.focus();
        }""",
        [text, offset],
    )


def text_at_cursor(page: Page, length: int = 12) -> str:
    return str(
        page.evaluate("n => { const { state } = review.view; const { head } = state.selection.main;"
                      " return state.sliceDoc(head, head + n); }", length)
    )  # fmt: skip


def saved(page: Page, path: Path, expected: str, *, timeout_s: float = 20.0) -> None:
    """Wait until the file has this text; the page saves by itself."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end and path.read_text(encoding="utf-8") != expected:
        page.wait_for_timeout(50)
    assert path.read_text(encoding="utf-8") == expected


def test_what_is_typed_is_saved_by_itself_and_other_bytes_stay(visit: Visits, tmp_path: Path) -> None:
    raw = TEXT.replace("\n", "\r\n").encode()
    paths = make_show(tmp_path, text=raw)
    with visit(paths) as page:
        cursor_at(page, "kleinen Probe", 7)
        page.keyboard.type(" feinen")
        end = time.monotonic() + 20
        while time.monotonic() < end and b"feinen" not in paths.transcript.read_bytes():
            page.wait_for_timeout(50)
        until(page, "document.querySelector('#status').textContent.startsWith('Alles gesichert')")
    assert paths.transcript.read_bytes() == raw.replace(b"kleinen Probe", b"kleinen feinen Probe")


def test_who_types_without_a_pause_is_saved_too(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, "kleinen Probe", 7)
        end = time.monotonic() + 30
        while b" aa" not in paths.transcript.read_bytes():
            assert time.monotonic() < end, "nothing is saved while somebody types"
            page.keyboard.type(" aa", delay=50)


def test_it_plays_from_the_word_at_the_cursor_and_a_pause_puts_the_cursor_at_the_heard_word(
    visit: Visits, tmp_path: Path
) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        until(page, "review.sound.ready")
        cursor_at(page, "freue", 2)
        index = spoken(TEXT).index("freue")
        page.keyboard.press("Control+Enter")
        until(page, "review.sound.playing && review.sound.ms > 0")
        begun_ms = page.evaluate("review.sound.ms")
        assert index * 500 - 400 <= begun_ms <= index * 500 + 1500
        until(page, f"review.sound.ms > {index * 500 + 700}")
        assert page.evaluate("document.querySelectorAll('.heard').length") == 1
        page.keyboard.press("Escape")
        until(page, "!review.sound.playing")
        heard = spoken(TEXT)[int(page.evaluate("review.sound.ms")) // 500]
        assert text_at_cursor(page, len(heard)) == heard
        paused_ms = page.evaluate("review.sound.ms")
        page.keyboard.press("Escape")
        until(page, "review.sound.playing")
        assert page.evaluate("review.sound.ms") < paused_ms
        page.keyboard.press("Escape")


def test_the_heard_word_is_marked_to_be_typed_over(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        until(page, "review.sound.ready")
        index = spoken(TEXT).index("Probe.")
        page.evaluate("ms => { review.sound.seek(ms); review.sound.play(); }", index * 500 + 20)
        until(page, f"review.sound.playing && review.times.heard(review.sound.ms) >= {index}")
        page.evaluate("review.sound.speed(0.5)")
        page.keyboard.press("Alt+r")
        until(page, "!review.sound.playing")
        heard = spoken(TEXT)[page.evaluate("review.times.heard(review.sound.ms)")]
        page.keyboard.type("Sendung")
        saved(page, paths.transcript, TEXT.replace(heard, heard.replace(heard.strip(".,?"), "Sendung"), 1))


def test_two_keys_give_a_turn_to_a_person_and_undo_takes_it_back(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, "Wie hört")
        page.keyboard.press("Control+.")
        page.keyboard.press("2")
        saved(page, paths.transcript, TEXT.replace("\nTom Takt:\nWie", "\nWie"))  # joined with her turn before it
        page.keyboard.press("Control+z")
        saved(page, paths.transcript, TEXT)
        page.keyboard.press("Control+Alt+2")
        saved(page, paths.transcript, TEXT.replace("\nTom Takt:\nWie", "\nWie"))


def hear(page: Page, word: str) -> None:
    """Play until a word of the text is heard."""
    until(page, "review.sound.ready")
    index = spoken(TEXT).index(word)
    page.evaluate("ms => { review.sound.speed(0.5); review.sound.seek(ms); review.sound.play(); }", index * 500 + 20)
    until(page, f"review.sound.playing && review.times.heard(review.sound.ms) >= {index}")


def test_who_types_freely_takes_a_proposal_by_the_arrow_and_enter_makes_a_line(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, " Heute sprechen")
        page.keyboard.type(" Einla")
        until(page, "!document.querySelector('#proposal').hidden")
        assert page.inner_text("#proposal").split() == ["Einladung", "→"]
        page.keyboard.press("Enter")
        saved(page, paths.transcript, TEXT.replace("Probe. Heute", "Probe. Einla\nHeute"))
        cursor_at(page, " möchte ich")
        page.keyboard.type(" Gesp")
        page.keyboard.press("ArrowRight")
        line = TEXT.replace("Probe. Heute", "Probe. Einla\nHeute")
        saved(page, paths.transcript, line.replace("Das möchte", "Das Gespräch möchte"))
        page.keyboard.press("ArrowRight")
        assert text_at_cursor(page, 6) == "möchte"


def test_one_key_writes_a_word_together_with_the_one_before_it(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, "Heute sprechen")
        page.keyboard.press("Alt+j")  # a full stop is before it
        hear(page, "Ihnen.")
        page.keyboard.press("Alt+j")
        saved(page, paths.transcript, TEXT.replace("mit Ihnen", "mitihnen"))
        page.keyboard.press("Escape")


def test_enter_ends_the_replacing_of_a_heard_word_and_plays_on(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        hear(page, "Einladung.")
        page.keyboard.press("Insert")
        until(page, "!review.sound.playing")
        heard = spoken(TEXT)[page.evaluate("review.times.heard(review.sound.ms)")]
        page.keyboard.type("Gesp")
        until(page, "!document.querySelector('#proposal').hidden")
        assert page.inner_text("#proposal").split() == ["Gespräch", "Eingabe"]
        page.keyboard.press("Enter")
        until(page, "review.sound.playing")
        saved(page, paths.transcript, TEXT.replace(heard, heard.replace(heard.strip(".,?"), "Gespräch"), 1))


@in_chromium
def test_who_wants_no_proposals_gets_none(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        page.get_by_role("button", name="Einstellungen").click()
        page.get_by_label("Beim Tippen ein Wort vorschlagen").uncheck()
        page.get_by_label("beendet Eingabe die Verbesserung").uncheck()
        page.get_by_role("button", name="Schließen").last.click()
        cursor_at(page, " Heute sprechen")
        page.keyboard.type(" Einla")
        page.keyboard.press("ArrowRight")
        assert page.locator("#proposal").is_hidden()
        assert text_at_cursor(page, 5) == "Heute"
        saved(page, paths.transcript, TEXT.replace("Probe. Heute", "Probe. Einla Heute"))
        hear(page, "Gespräch")
        page.keyboard.press("Alt+r")
        until(page, "!review.sound.playing")
        page.keyboard.press("Enter")
        assert page.evaluate("!review.sound.playing")
        assert page.evaluate("review.view.state.doc.toString()").count("\n") == TEXT.count("\n") + 1


@in_chromium
def test_a_long_word_that_stands_often_is_offered_after_its_first_correction(visit: Visits, tmp_path: Path) -> None:
    words = [word for line in REPEATED.splitlines() if not line.endswith(":") for word in line.split()]
    paths = make_show(tmp_path, text=REPEATED, recognition=recognised(words))
    with visit(paths) as page:
        cursor_at(page, "Kuratrium tagt", len("Kurat"))
        page.keyboard.type("o")
        page.wait_for_selector("#offer:not([hidden])")
        assert "noch 4 Stellen" in page.inner_text("#offer")


@in_chromium
def test_the_words_of_the_text_are_counted_again_after_saving(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, "kleinen Probe", 7)
        page.keyboard.type(" Zwiebelkuchen")
        until(page, "review.vocabulary.has('Zwiebelkuchen')")
        assert page.evaluate("review.vocabulary.completing('Zwieb')") == "Zwiebelkuchen"
        page.keyboard.press("Control+z")
        until(page, "!review.vocabulary.has('Zwiebelkuchen')")
        assert page.evaluate("review.vocabulary.completing('Zwieb')") is None
        assert page.evaluate(
            "(() => { const { vocabulary } = review; const kept = JSON.stringify(vocabulary.sorted); vocabulary.sort();"
            " return kept === JSON.stringify(vocabulary.sorted); })()"
        )


def test_the_border_key_is_about_the_turn_that_is_heard(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, "Guten Tag")
        hear(page, "freue")
        page.keyboard.press("Alt+Shift+ArrowDown")
        moved = TEXT.replace("Hören.\n", "Hören. Vielen\n").replace("\nVielen Dank", "\nDank")
        saved(page, paths.transcript, moved)
        assert text_at_cursor(page, 5) == "Guten"
        page.keyboard.press("Escape")


def test_the_speaker_keys_are_about_the_turn_that_is_heard(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        until(page, "review.sound.ready")
        cursor_at(page, "Guten Tag")
        index = spoken(TEXT).index("eigentlich")
        page.evaluate("ms => { review.sound.speed(0.5); review.sound.seek(ms); review.sound.play(); }", index * 500)
        until(page, f"review.sound.playing && review.times.heard(review.sound.ms) >= {index}")
        page.keyboard.press("Control+.")
        page.keyboard.press("2")
        saved(page, paths.transcript, TEXT.replace("\nTom Takt:\nWie", "\nWie"))
        page.keyboard.press("Escape")


def test_one_key_moves_a_turns_border_by_a_word(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, "Vielen Dank", 3)
        page.keyboard.press("Alt+Shift+ArrowDown")
        moved = TEXT.replace("Hören.\n", "Hören. Vielen\n").replace("\nVielen Dank", "\nDank")
        saved(page, paths.transcript, moved)
        page.keyboard.press("Alt+Shift+ArrowUp")
        saved(page, paths.transcript, TEXT)
        page.keyboard.press("Alt+Shift+ArrowUp")
        saved(page, paths.transcript, TEXT.replace(" Hören.\n", "\n").replace("\nVielen", "\nHören. Vielen"))


def test_a_turn_is_split_at_the_word_and_joined_again(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, "Heute sprechen", 2)
        page.keyboard.press("Control+Alt+Enter")
        page.wait_for_selector("dialog[open]")
        page.keyboard.press("Enter")  # the other person is preselected
        split = TEXT.replace(" Heute", "\n\nSina Silbe [Wortlabor]:\nHeute").replace(
            "Hören.\n\nSina Silbe [Wortlabor]:\nVielen", "Hören.\n\nVielen"
        )
        saved(page, paths.transcript, split)
        cursor_at(page, "Heute sprechen")
        page.keyboard.press("Alt+Backspace")
        saved(page, paths.transcript, split.replace("\n\nSina Silbe [Wortlabor]:\nHeute", "\n\nHeute"))


def test_two_people_are_swapped_in_the_whole_text(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        page.keyboard.press("Control+Alt+s")
        page.wait_for_selector("dialog[open]")
        assert "3 Beiträge wechseln" in page.inner_text("dialog")
        page.get_by_role("button", name="Tauschen").click()
        swapped = TEXT.replace("Tom Takt:", "X").replace("Sina Silbe [Wortlabor]:", "Tom Takt [Testwerk]:")
        labels = json.loads(json.dumps(page.evaluate("review.view.state.doc.toString()")))
        saved(page, paths.transcript, labels)
        assert swapped.count("X") == labels.count("Sina Silbe [Wortlabor]:") == 2
        assert labels.count("Tom Takt") == 1


def test_a_word_corrected_twice_is_offered_for_the_rest(visit: Visits, tmp_path: Path) -> None:
    words = [word for line in REPEATED.splitlines() if not line.endswith(":") for word in line.split()]
    paths = make_show(tmp_path, text=REPEATED, recognition=recognised(words))
    with visit(paths) as page:
        for place in ("Kuratrium tagt", "Kuratrium nach"):
            cursor_at(page, place, len("Kurat"))
            page.keyboard.type("o")
            page.wait_for_timeout(900)
        page.wait_for_selector("#offer:not([hidden])")
        assert "noch 3 Stellen" in page.inner_text("#offer")
        page.keyboard.press("Alt+Enter")
        saved(page, paths.transcript, REPEATED.replace("Kuratrium", "Kuratorium"))


def test_replacing_shows_every_place_and_leaves_out_what_is_not_ticked(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path, text=REPEATED)
    with visit(paths) as page:
        page.keyboard.press("Control+h")
        page.fill("#replace-what", "Kuratrium")
        page.fill("#replace-by", "Kuratorium")
        boxes = page.locator("dialog ins")
        assert boxes.count() == 5
        page.locator("dialog label:has(ins) input").nth(1).uncheck()
        page.get_by_role("button", name="Angekreuzte ersetzen").click()
        expected = REPEATED.replace("Kuratrium", "Kuratorium").replace("das Kuratorium nach", "das Kuratrium nach")
        saved(page, paths.transcript, expected)


def test_what_somebody_else_writes_is_merged_and_a_collision_is_asked_for(
    visit: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_POLL_S", 30.0)  # the saving finds it, not the look at the disk
    paths = make_show(tmp_path)
    with visit(paths, allowed=("409",)) as page:
        other = TEXT.replace("Das möchte ich gern wissen.", "Das wüsste ich gern.")
        paths.transcript.write_text(other, encoding="utf-8")
        cursor_at(page, "kleinen Probe", 7)
        page.keyboard.type(" feinen")
        saved(page, paths.transcript, other.replace("kleinen", "kleinen feinen"))
        assert "Das wüsste ich gern." in page.inner_text(".cm-content")

        paths.transcript.write_text(
            other.replace("kleinen", "kleinen feinen").replace("Guten Tag", "Moin"), encoding="utf-8"
        )
        cursor_at(page, "unserer", 0)
        page.keyboard.type("all ")
        page.wait_for_selector("dialog[open] fieldset")
        assert "Moin" in page.inner_text("dialog")
        page.get_by_label("beide nacheinander").check()
        page.get_by_role("button", name="Übernehmen").click()
        until(page, "document.querySelector('#status').textContent.startsWith('Alles gesichert')")
        text = paths.transcript.read_text(encoding="utf-8")
        assert "Moin und willkommen zu unserer" in text
        assert "Guten Tag und willkommen zu all unserer" in text


def test_a_question_that_opens_by_itself_gets_no_letter_of_what_is_being_typed(
    visit: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = make_show(tmp_path)
    saves = TranscriptFile.save

    def slowly(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.7)
        return saves(*arguments, **options)

    monkeypatch.setattr(TranscriptFile, "save", slowly)
    monkeypatch.setattr(session, "_POLL_S", 30.0)  # the saving finds it, not the look at the disk
    with visit(paths, allowed=("409",)) as page:
        paths.transcript.write_text(TEXT.replace("Guten Tag", "Moin"), encoding="utf-8")
        cursor_at(page, "unserer", 0)
        page.keyboard.type("all ")
        until(page, "review.saving.flying")
        page.keyboard.type("und jeder einzelnen ", delay=60)  # the answer comes meanwhile
        page.wait_for_selector("dialog[open] fieldset")
        page.get_by_label("meine", exact=True).check()
        page.get_by_role("button", name="Übernehmen").click()
        saved(page, paths.transcript, TEXT.replace("zu unserer", "zu all und jeder einzelnen unserer"))


def test_places_are_visited_settled_and_stay_settled(visit: Visits, tmp_path: Path) -> None:
    recognition = recognised(spoken(TEXT), Einladung=0.1, Gespräch=0.1)
    paths = make_show(tmp_path, recognition=recognition)
    with visit(paths) as page:
        count = page.evaluate("review.places.filter((place) => !place.settled).length")
        assert count > 0
        page.keyboard.press("F8")
        assert page.locator("#panel-places li.current").count() == 1
        page.keyboard.press("Escape")
        page.keyboard.press("Alt+k")
        until(page, f"review.places.filter((place) => !place.settled).length === {count - 1}")
    with visit(paths) as page:
        if page.locator("dialog[open]").count():
            page.get_by_role("button", name="Hier weiterarbeiten").click()
        assert page.evaluate("review.places.filter((place) => !place.settled).length") == count - 1


def test_unsaved_typing_survives_a_server_that_is_gone(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths, allowed=("Failed to load", "ERR_")) as page:
        page.route("**/text", lambda route: route.abort())
        cursor_at(page, "kleinen Probe", 7)
        page.keyboard.type(" feinen")
        until(page, "document.querySelector('#status').className === 'bad'")
        assert "antwortet nicht" in page.inner_text("#status")
        assert paths.transcript.read_text(encoding="utf-8") == TEXT
        page.unroute("**/text")
        saved(page, paths.transcript, TEXT.replace("kleinen", "kleinen feinen"))


def test_a_reload_brings_back_what_could_not_be_saved(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        page.evaluate("review.saving.blocked = true")  # as while a collision is open
        cursor_at(page, "kleinen Probe", 7)
        page.keyboard.type(" feinen")
        page.reload()
        until(page, "document.querySelector('#notices').textContent.includes('nicht mehr gesichert')")
        saved(page, paths.transcript, TEXT.replace("kleinen", "kleinen feinen"))


def test_tab_leaves_the_text_and_altgr_types(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        cursor_at(page, "Guten")
        page.keyboard.press("Tab")
        assert page.evaluate("!review.view.hasFocus")
        assert page.evaluate("review.view.state.doc.toString()") == TEXT


@in_chromium
def test_a_text_is_inserted_as_text_only(visit: Visits, tmp_path: Path) -> None:
    evil = TEXT.replace("Einladung.", "<img src=x onerror=alert(1)>\u202e.")
    paths = make_show(tmp_path, text=evil)
    with visit(paths) as page:
        page.keyboard.press("Control+h")
        page.fill("#replace-what", "<img src=x onerror=alert(1)>")
        page.locator("#replace-whole").uncheck()
        assert page.locator("dialog del").inner_text() == "<img src=x onerror=alert(1)>"
        assert page.locator("img[src]").count() == 0


@in_chromium
def test_without_sound_there_is_the_text_only_and_it_is_said(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path, sound=False, heard=False)
    with visit(paths) as page:
        assert page.locator("#player").is_hidden()
        assert "geschätzt" in page.inner_text("#notices")
        assert "≈" in page.inner_text(".clocks")
        cursor_at(page, "kleinen Probe", 7)
        page.keyboard.type(" feinen")
        saved(page, paths.transcript, TEXT.replace("kleinen", "kleinen feinen"))


@in_chromium
def test_done_writes_the_record_and_ends_the_server(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        page.get_by_role("button", name="Fertig").click()
        page.fill("#reviewer", "Redaktion")
        page.get_by_role("button", name="Gegengelesen vermerken").click()
        page.wait_for_selector("h1:has-text('Beendet')")
    record = json.loads((paths.home / "review.json").read_text(encoding="utf-8"))
    assert "Redaktion" in json.dumps(record, ensure_ascii=False)


def test_the_whole_text_as_a_plain_field_saves_in_the_same_way(visit: Visits, tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    with visit(paths) as page:
        page.get_by_role("button", name="Einstellungen").click()
        page.get_by_label("Ganzer Text als einfaches Textfeld").check()
        page.get_by_role("button", name="Schließen").last.click()
        plain = page.locator("#plain")
        assert plain.input_value() == TEXT
        plain.fill(TEXT.replace("kleinen", "feinen"))
        saved(page, paths.transcript, TEXT.replace("kleinen", "feinen"))


@in_chromium
def test_the_keys_stay_readable_on_a_narrow_page(visit: Visits, tmp_path: Path) -> None:
    with visit(make_show(tmp_path)) as page:
        page.set_viewport_size({"width": 390, "height": 800})
        page.keyboard.press("F1")
        buttons = page.locator("dialog td button")
        assert buttons.count() > 10
        for box in (button.bounding_box() for button in buttons.all()):
            assert box is not None
            assert box["height"] < box["width"]  # one line


@in_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 640, 1280])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(visit: Visits, tmp_path: Path, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    paths = make_show(tmp_path, recognition=recognised(spoken(TEXT), Einladung=0.1))
    with visit(paths) as page:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        for open_dialog in ("", "help", "options", "done", "replace", "swap"):
            if open_dialog:
                page.evaluate("action => document.querySelector(`[data-action=${action}]`)?.click()", open_dialog)
            found = Axe().run(page).response["violations"]
            assert [(entry["id"], [node["target"] for node in entry["nodes"]]) for entry in found] == []
            page.keyboard.press("Escape")
        cursor_at(page, " Heute sprechen")
        page.keyboard.type(" Einla")
        until(page, "!document.querySelector('#proposal').hidden")
        found = Axe().run(page).response["violations"]
        assert [(entry["id"], [node["target"] for node in entry["nodes"]]) for entry in found] == []
        above = "review.view.coordsAtPos(review.view.state.selection.main.head)"
        box = "document.querySelector('#proposal').getBoundingClientRect()"
        until(page, f"{box}.top >= {above}.bottom || {box}.bottom <= {above}.top")  # the line that is typed stays free
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        boxes = page.evaluate(
            "['#tools', '#editor', 'aside'].map(name => document.querySelector(name).getBoundingClientRect().toJSON())"
        )
        tools, editor, aside = boxes
        assert editor["height"] > 300
        scroller = "document.querySelector('.cm-scroller').getBoundingClientRect().bottom"
        assert page.evaluate(scroller) <= editor["bottom"] + 1  # else the end of the text lies below the player
        assert tools["bottom"] <= editor["top"]
        assert editor["bottom"] <= aside["top"] or editor["right"] <= aside["left"]


@in_chromium
def test_typing_into_three_hours_stays_light(visit: Visits, tmp_path: Path) -> None:
    """27,000 words: the editor renders what is in view."""
    turns = "".join(f"{'Tom Takt' if n % 2 else 'Sina Silbe'}:\n{'Wort ' * 30}Ende {n}.\n\n" for n in range(858))
    words = [word for line in turns.splitlines() if not line.endswith(":") for word in line.split()]
    paths = make_show(tmp_path, text=turns, recognition=recognised(words), sound=False)
    with visit(paths) as page:
        cursor_at(page, "Ende 430", 4)
        page.keyboard.type("n")
        assert page.evaluate("document.querySelectorAll('.cm-content *').length") < 300
        saved(page, paths.transcript, turns.replace("Ende 430", "Enden 430"), timeout_s=60)
