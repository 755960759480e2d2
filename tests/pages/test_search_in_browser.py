"""The search in a real browser: from disk and from a server, by keyboard, accessible, no requests to other hosts."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import page_samples as samples
import pytest
from many_episodes import programme_items, transcripts
from page_site import covers
from playwright.sync_api import Page, expect
from search_queries import QUERIES
from test_pages_in_browser import AXE_RULES, LOOKS

from pipeline import addresses
from pipeline.build.files import write_bytes, write_text
from pipeline.site import search, words
from pipeline.site.files import search_files, static_files
from pipeline.site.frame import Frame
from pipeline.site.pages import render_episode_page, render_index, render_search_page
from pipeline.values.published import Item
from pipeline.values.show import Theme

if TYPE_CHECKING:
    from conftest import Visit


SAID = (
    ("001-bruecke", "Über die Brücke", "Die Brücke ist offen. Die Landwirtschaft freut sich über die Brückenpfeiler."),
    (
        "002-amt",
        "Im Amt",
        "Das Wirtschaftsministerium prüft <b>jeden</b> Antrag. Die KI liest mit. Eine Kiste steht da.",
    ),
    ("003-hoeren", "Hören", "Viele Hörer*innen fragen nach. Alle reden über das Netz."),
    (
        "004-netz",
        "Das Netz",
        " ".join(
            f"Im Satz {word} geht es um das Netz."
            for word in ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht"]
        ),
    ),
    ("005-mehr", "Mehr Netz", "Noch ein Netz. Und ein Schluss."),
    ("006-noch-mehr", "Noch mehr", "Auch hier ein Netz."),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("search")
    items = [made(*said) for said in SAID]
    write_site(home, items)
    return home


def made(folder: str, title: str, text: str) -> Item:
    sentences = [f"{sentence}." for sentence in text.removesuffix(".").split(". ")]
    half = max(1, len(sentences) // 2)
    words = samples.transcript(
        ("Stimme Eins", "", [["Guten Tag zusammen.", *sentences[:half]]]),
        ("Stimme Zwei", "Beispielverein Nordlicht", [sentences[half:] or ["Auf Wiederhören."]]),
    )
    return samples.item(transcript=words, duration_s=120.0, folder=folder, title=title, summary="Eine Zusammenfassung.")


def write_site(home: Path, items: list[Item]) -> None:
    """Write the pages and the search files as the steps of the show do."""
    show = samples.show()
    write_text(home / addresses.INDEX, render_index(Frame(show=show), items))
    for item in items:
        write_text(home / addresses.page(item.episode.folder), render_episode_page(Frame(show=show), item, ()))
    write_search(home, items)


def write_search(home: Path, items: list[Item]) -> None:
    texts = dict(search.render_index(items, list(map(search.render_words, items))))
    texts[addresses.SEARCH] = render_search_page(Frame(show=samples.show()))
    for item in items:
        texts[addresses.search_sentences(item.episode.folder)] = search.render_sentences(item)
    for address, text in texts.items():
        write_text(home / address, text)
    for address, content in {**static_files(Theme()), **search_files(), **covers()}.items():
        write_bytes(home / address, content)


@pytest.fixture(params=["disk", "server"])
def home(request: pytest.FixtureRequest, site: Path) -> str:
    return site.as_uri() + "/" if request.param == "disk" else request.getfixturevalue("server")


def searched(visit: Callable[..., Visit], home: str, asked: str, **options: object) -> Visit:
    """Type `asked` into the search page and wait until all results are shown."""
    seen = visit(home + addresses.SEARCH, **options)
    seen.page.get_by_label("Wörter in allen Folgen suchen").press_sequentially(asked)
    seen.page.wait_for_url(lambda url: unquote(url).endswith(f"#q={asked}"))
    _await_results(seen.page)
    return seen


def _await_results(page: Page) -> None:
    expect(page.get_by_role("status")).to_have_text(re.compile("^(Gefunden|Nichts|Bitte|Hier|Ein Teil|Keine)"))


def titles(page: Page) -> list[str]:
    return page.locator("#treffer h2").all_inner_texts()


@pytest.mark.parametrize(
    ("asked", "found", "marked"),
    [
        ("wirtschaft", ["Im Amt", "Über die Brücke"], {"Wirtschaftsministerium", "Landwirtschaft"}),
        ("bruecke", ["Über die Brücke"], {"Brücke", "Brückenpfeiler."}),
        ("BRÜCKE", ["Über die Brücke"], {"Brücke", "Brückenpfeiler."}),
        ("brucke", ["Über die Brücke"], {"Brücke", "Brückenpfeiler."}),
        ("ki", ["Im Amt"], {"KI"}),
        ("Hörerinnen", ["Hören"], {"Hörer*innen"}),
        ("antrag ministerium", ["Im Amt"], {"Antrag.", "Wirtschaftsministerium"}),
        ("<b>jeden", ["Im Amt"], {"<b>jeden</b>"}),
        ("zusammenfassung amt", ["Im Amt"], {"Amt"}),
    ],
)
def test_typing_finds_sentences(
    visit: Callable[..., Visit], home: str, asked: str, found: list[str], marked: set[str]
) -> None:
    seen = searched(visit, home, asked)
    assert titles(seen.page) == found
    assert marked <= set(seen.page.locator("mark").all_inner_texts())
    assert seen.console == []
    assert all(url.startswith(home) for url in seen.requests)


def test_a_result_names_speaker_and_sentence_and_its_link_starts_there(visit: Callable[..., Visit], home: str) -> None:
    page = searched(visit, home, "Brückenpfeiler").page
    result = page.locator("#treffer li li")
    expect(result).to_have_count(1)
    expect(result.locator("p > span:not(.beside)")).to_have_text(
        "Die Landwirtschaft freut sich über die Brückenpfeiler."
    )
    link = result.locator("a")
    expect(link).to_contain_text("Stimme Zwei")
    link.click()
    page.wait_for_url("**/folgen/001-bruecke/index.html#t=*")
    spoken = page.locator("span[data-start]", has_text="Brückenpfeiler")
    start_s = float(spoken.get_attribute("data-start") or "nan")
    assert start_s - 1 < page.evaluate("document.querySelector('audio').currentTime") <= start_s
    expect(spoken).to_be_in_viewport()


def test_a_link_into_the_middle_of_a_paragraph_shows_its_sentence(visit: Callable[..., Visit], home: str) -> None:
    page = searched(visit, home, "Satz sechs").page
    page.locator("#treffer li li a").first.click()
    page.wait_for_url("**/folgen/004-netz/index.html#t=*")
    focused = page.locator("span[data-start]:focus")
    expect(focused).to_contain_text("Satz sechs")
    expect(focused).to_be_in_viewport()
    expect(page.locator("span.linked")).to_contain_text("Satz sechs")


def test_the_address_contains_the_words_and_going_back_searches_again(visit: Callable[..., Visit], home: str) -> None:
    page = searched(visit, home, "Brückenpfeiler").page
    assert page.url.endswith("#q=Br%C3%BCckenpfeiler")
    page.locator("#treffer h2 a").click()
    page.wait_for_url("**/folgen/**")
    page.go_back()
    expect(page.locator("#treffer h2")).to_have_text("Über die Brücke")
    page = visit(home + addresses.SEARCH + "#q=Netz").page
    expect(page.locator("#treffer h2").first).to_be_visible()


def test_more_sentences_and_more_episodes_can_be_loaded_by_keyboard(visit: Callable[..., Visit], home: str) -> None:
    page = searched(visit, home, "netz").page
    assert titles(page) == ["Das Netz", "Mehr Netz", "Noch mehr"]
    expect(page.locator("#treffer > li").first.locator("li")).to_have_count(5)
    every = page.get_by_role("button", name="Alle 9 Stellen dieser Folge zeigen")
    every.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#treffer > li").first.locator("li")).to_have_count(9)
    assert page.evaluate("document.activeElement.tagName") == "A"
    page.get_by_role("button", name="Weitere Folgen zeigen (1)").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#treffer h2").last).to_have_text("Hören")
    assert page.evaluate("document.activeElement.textContent") == "Hören"
    expect(page.locator("#weitere")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("Gefunden in 4 Folgen.")


def test_the_whole_search_works_with_the_keyboard_alone(visit: Callable[..., Visit], home: str) -> None:
    seen = visit(home + addresses.SEARCH)
    for _ in range(20):
        if seen.page.evaluate("document.activeElement.id") == "suchwort":
            break
        seen.page.keyboard.press("Tab")
    seen.page.keyboard.type("Kiste")
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator("#treffer li li")).to_have_count(1)
    for _ in range(3):  # button, title, sentence
        seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/folgen/002-amt/index.html#t=*")
    assert seen.console == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("xyzxyz", "Nichts gefunden."),
        ("x", "Bitte mindestens zwei Buchstaben eingeben."),
        ("…", "Bitte mindestens"),
        ("ho", "Nichts"),
    ],
)
def test_a_search_without_results_says_why(visit: Callable[..., Visit], home: str, asked: str, told: str) -> None:
    seen = searched(visit, home, asked)
    expect(seen.page.get_by_role("status")).to_contain_text(told)
    assert titles(seen.page) == []
    assert seen.console == []


def test_a_missing_file_is_reported(visit: Callable[..., Visit], site: Path, tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(site, tmp_path / "copy")
    (copy / addresses.search_sentences("001-bruecke")).unlink()
    page = searched(visit, copy.as_uri() + "/", "Brückenpfeiler").page
    expect(page.get_by_role("status")).to_contain_text("ließ sich nicht laden")


def test_without_javascript_the_page_says_so_and_links_to_the_episodes(visit: Callable[..., Visit], home: str) -> None:
    page = visit(home + addresses.SEARCH, java_script_enabled=False).page
    expect(page.get_by_text("Die Suche braucht JavaScript")).to_be_visible()
    expect(page.locator("#suchwort")).to_be_hidden()
    page.get_by_role("main").get_by_role("link", name="alle Folgen").click()
    page.wait_for_url("**/index.html#folgen")


def test_every_page_links_to_the_search(visit: Callable[..., Visit], home: str) -> None:
    for address in (addresses.INDEX, addresses.page("001-bruecke")):
        page = visit(home + address).page
        page.get_by_role("link", name="Suche", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Suche")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("asked", ["netz", "xyzxyz"])
def test_axe_finds_nothing_with_and_without_results(
    visit: Callable[..., Visit], site: Path, asked: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = searched(visit, site.as_uri() + "/", asked, width=width, scheme=scheme)
    result = Axe().run(seen.page, options={"preload": False, "runOnly": AXE_RULES}).response
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in result["violations"]] == []
    assert [found["id"] for found in result["incomplete"] if found["id"] == "color-contrast"] == []


def test_at_320_pixels_nothing_scrolls_sideways_and_targets_are_large_enough(
    visit: Callable[..., Visit], site: Path
) -> None:
    page = searched(visit, site.as_uri() + "/", "netz", width=320).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    heights = page.evaluate(
        "[...document.querySelectorAll('main a, main button, main input')].filter(e => e.offsetParent)"
        ".map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 24


def test_script_and_pipeline_fold_alike_and_look_into_the_same_file(visit: Callable[..., Visit], site: Path) -> None:
    """Runs the page's own functions, cut out of the script, on words of every kind."""
    chance = random.Random(1)
    signs = string.ascii_letters + string.digits + "äöüßÄÖÜẞéçñİſﬁ²Σς*:_-/.„“–… \u00ad\u0308\u2028日本ㅎ한ØøǾÆæŒŁđÞıǟ"
    texts = ["".join(chance.choice(signs) for _ in range(chance.randint(1, 30))) for _ in range(2000)]
    texts += ["Bürger/-innen und Gäste/innen", "MitarbeiterInnen", "NØRD 4.0"]
    script = (site / addresses.SEARCH_SCRIPT).read_text(encoding="utf-8")
    fold = script[: script.index("})();") + len("})();")]
    shard_of = script[script.index("  function shardOf(") :].split("\n  }\n")[0] + "\n}"
    assert (site / addresses.SCRIPT).read_text(encoding="utf-8").startswith(fold)  # one for both searches
    page = visit("about:blank").page
    for plain, inside in ((False, "false"), (True, "true")):
        folded = page.evaluate(f"texts => {{ {fold}; return texts.map(t => podcastWords.fold(t, {inside})); }}", texts)
        assert folded == [words.fold(text, plain=plain) for text in texts]
    files = page.evaluate(f"texts => {{ {shard_of}; return texts.map(t => shardOf(t, 1024)); }}", texts)
    assert files == [search.shard_of(text, 1024) for text in texts]


def test_where_letters_stood_is_known_after_folding(visit: Callable[..., Visit], site: Path) -> None:
    script = (site / addresses.SCRIPT).read_text(encoding="utf-8")
    fold = script[: script.index("})();") + len("})();")]
    found = visit("about:blank").page.evaluate(f"""() => {{ {fold};
        const text = "Die Größe der NØRD, Bürger*innen!", made = podcastWords.spread(text);
        const cut = word => {{
          const at = made.text.indexOf(word);
          return text.slice(made.from[at], made.from[at + word.length]);
        }};
        return [made.from.length - made.text.length, ...["groesse", "noerd", "buergerinnen"].map(cut)];
    }}""")
    assert found == [1, "Größe", "NØRD", "Bürger*innen"]


def test_a_query_loads_few_files_even_with_many_episodes(visit: Callable[..., Visit], tmp_path: Path) -> None:
    items = [
        samples.item(transcript=transcript, duration_s=200.0, folder=f"{number:03}-x", title=f"Folge {number}")
        for number, transcript in enumerate(transcripts(40, words=300), start=1)
    ]
    write_site(tmp_path, items)
    seen = visit(tmp_path.as_uri() + "/" + addresses.SEARCH + "#q=stimme eins zwei drei vier")
    _await_results(seen.page)
    seen = visit(tmp_path.as_uri() + "/" + addresses.SEARCH + "#q=stimme eins")
    _await_results(seen.page)
    asked = [url for url in seen.requests if url.endswith(".js")]
    assert len([url for url in asked if url.endswith("/suche.js") and "/folgen/" in url]) == 3
    assert len([url for url in asked if "/suche/" in url and "verzeichnis" not in url]) <= 3


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The search of the sixty episodes of `programme`, with little else said in them."""
    home = tmp_path_factory.mktemp("programme")
    items = list(programme_items(words=120))
    write_search(home, items)
    return home.as_uri() + "/"


def asked_of(visit: Callable[..., Visit], home: str, *queries: str, **options: object) -> Iterator[Page]:
    """The page with the results of each query, one after the other."""
    page = visit(home + addresses.SEARCH, **options).page
    for query in queries:
        page.get_by_label("Wörter in allen Folgen suchen").fill(query)
        page.keyboard.press("Enter")
        _await_results(page)
        yield page


def test_the_twenty_queries_find_the_right_page_first(visit: Callable[..., Visit], programme: str) -> None:
    first = {}
    for query, page in zip(QUERIES, asked_of(visit, programme, *QUERIES), strict=True):
        path = unquote(str(page.evaluate("document.querySelector('#direkt a, #treffer a')?.pathname ?? ''")))
        first[query] = path.removesuffix("/index.html")
    wrong = {query: path for query, path in first.items() if not path.endswith("/" + QUERIES[query])}
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("wo", "Gefunden in 3 Folgen."),  # a stop word alone is looked for
        ("digitalisirung", "Nichts gefunden zu „digitalisirung“. Gefunden zu „Digitalisierung“ in 15 Folgen."),
        ("stempel kuh", "Keine Folge enthält alle Wörter. Einige davon stehen in 3 Folgen."),
        ("Folge 70", "Gefunden: 1 Seite."),
        ('"digitale Bildung"', "Gefunden in 1 Folge"),
        ('"Bildung digitale"', "Nichts gefunden."),
    ],
)
def test_what_was_found_is_told(visit: Callable[..., Visit], programme: str, query: str, told: str) -> None:
    (page,) = asked_of(visit, programme, query)
    expect(page.get_by_role("status")).to_contain_text(told)


@pytest.mark.parametrize("word", ["glasfaser", "digitalisierung", "was ist mit den bürger*innen"])
def test_totals_are_those_of_all_episodes(visit: Callable[..., Visit], programme: str, word: str) -> None:
    sought = words.fold(word.rpartition(" ")[2])
    texts = [words.fold(search.render_sentences(item)) for item in programme_items(words=120)]
    (page,) = asked_of(visit, programme, word)
    total = sum(sought in text for text in texts)
    assert total > 3
    expect(page.get_by_role("status")).to_contain_text(f"Gefunden in {total} Folgen.")


def test_a_typing_error_is_corrected_with_a_link(visit: Callable[..., Visit], programme: str) -> None:
    (page,) = asked_of(visit, programme, "Möwenstien")
    expect(page.locator("#meinten")).to_have_text("Meinten Sie „Möwenstein“?")
    assert page.locator("#direkt a").all_inner_texts() == ["Łucja Möwenstein"]
    page.locator("#meinten a").click()
    expect(page.get_by_label("Wörter in allen Folgen suchen")).to_have_value("Möwenstein")
    expect(page.locator("#meinten")).to_be_empty()


def test_a_sentence_has_its_neighbours_and_the_whole_row_is_the_link(visit: Callable[..., Visit], home: str) -> None:
    page = searched(visit, home, "KI liest").page
    row = page.locator("#treffer li li")
    expect(row.locator(".beside")).to_have_text(
        ["Das Wirtschaftsministerium prüft <b>jeden</b> Antrag.", "Eine Kiste steht da."]
    )
    box = row.locator(".beside").last.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    page.wait_for_url("**/folgen/002-amt/index.html#t=*")


@pytest.mark.parametrize(
    ("asked", "sentences"),
    [
        ("bruecke", 2),
        ("brucke", 2),
        ('"freut sich"', 1),
        ("BRÜCKENpfeiler", 1),
    ],
)
def test_the_search_in_an_episode_compares_words_in_the_same_way(
    visit: Callable[..., Visit], home: str, asked: str, sentences: int
) -> None:
    page = visit(home + addresses.page("001-bruecke")).page
    page.locator("#suche").fill(asked)
    expect(page.locator("span.hit")).to_have_count(sentences)


def test_the_search_in_an_episode_tells_its_result_once_typing_has_stopped(
    visit: Callable[..., Visit], site: Path
) -> None:
    page = visit(site.as_uri() + "/" + addresses.page("003-hoeren")).page
    page.evaluate("""() => {
        window.told = [];
        const line = document.getElementById("funde");
        new MutationObserver(() => window.told.push(line.textContent)).observe(line, { childList: true });
    }""")
    page.locator("#suche").press_sequentially("mitarbeiter")
    page.locator("#suche").fill("hörerinnen")
    expect(page.locator("#funde")).to_have_text("1 Satz gefunden.")
    assert page.evaluate("window.told.filter(Boolean)") == ["1 Satz gefunden."]
    assert page.locator("span.hit").inner_text() == "Viele Hörer*innen fragen nach."


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_with_people_and_corrections(
    visit: Callable[..., Visit], programme: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for page in asked_of(visit, programme, "Frauke Leuchtfeuer", "digitalisirung", width=width, scheme=scheme):
        result = Axe().run(page, options={"preload": False, "runOnly": AXE_RULES}).response
        assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in result["violations"]] == []
