"""The page of one episode as HTML: every word, unique anchors, only our own files, hostile text stays text."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import page_samples as samples
import pytest
from page_samples import parsed, select

from pipeline import addresses
from pipeline.site.files import static_files
from pipeline.site.frame import Frame
from pipeline.site.pages import Around, label, render_episode_page
from pipeline.transcript.editorial import parse
from pipeline.transcript.retime import retime
from pipeline.values.published import AlternateEnclosure
from pipeline.values.show import Chapter, LegalLinks, Speaker, Theme
from pipeline.values.transcript import Sentence, TimedWord, Transcript
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

DURATION_S = 2700.0
GREETING = samples.transcript(
    ("Stimme Eins", "", [["Guten Tag.", "Wer ist da?"]]),
    ("Stimme Zwei", "Beispielverein Nordlicht", [["Ich bin es."], ["Und ich bleibe."]]),
)


@pytest.fixture(scope="module")
def long_page() -> str:
    item = samples.item(transcript=samples.long_transcript(DURATION_S), duration_s=DURATION_S, notes=samples.NOTES)
    return render_episode_page(Frame(show=samples.show()), item, samples.chapters_of(DURATION_S))


def page(transcript: Transcript | None = GREETING, chapters: tuple[Chapter, ...] = (), **changes: object) -> str:
    show = changes.pop("show", samples.show())
    preview = bool(changes.pop("preview", False))
    notes = str(changes.pop("notes", ""))
    item = samples.item(transcript=transcript, duration_s=134.4, notes=notes, **changes)
    return render_episode_page(Frame(show=show, preview=preview), item, chapters)  # type: ignore[arg-type]


def text_of(html: str) -> str:
    return " ".join(parsed(html).text_content().split())


def words_of(transcript: Transcript) -> list[str]:
    return [
        word.text
        for turn in transcript.turns
        for paragraph in turn.paragraphs
        for sentence in paragraph.sentences
        for word in sentence.words
    ]


def words_on(html: str) -> list[str]:
    """The words that a reader sees in the transcript's paragraphs, without the times in the margin."""
    found = []
    for paragraph in select(parsed(html), ".transcript p"):
        for time in (*paragraph.findall("a"), *paragraph.findall("time")):
            time.drop_tree()
        found += paragraph.text_content().split()
    return found


# --- the words --------------------------------------------------------------------------------------------------------


def test_every_word_of_the_transcript_appears_once_and_in_order(long_page: str) -> None:
    assert words_on(long_page) == words_of(samples.long_transcript(DURATION_S))


def test_sentences_carry_their_times_and_single_words_have_no_span() -> None:
    spans = select(parsed(page()), ".transcript p span")
    assert [span.get("data-start") for span in spans] == ["0", "1.16", "2.72", "4.28"]
    assert [span.text_content() for span in spans] == ["Guten Tag.", "Wer ist da?", "Ich bin es.", "Und ich bleibe."]


def test_each_speaker_is_a_heading_with_organisation_and_shape() -> None:
    names = select(parsed(page()), ".transcript .name")
    assert [name.text_content() for name in names] == ["Stimme Eins", "Stimme Zwei Beispielverein Nordlicht"]
    assert [name.tag for name in names] == ["h3", "h3"]
    assert [name.get("class") for name in names] == ["name s0", "name s1"]


def test_text_before_any_label_has_no_name() -> None:
    html = page(samples.transcript(("", "", [["Es rauscht."]]), ("Stimme Eins", "", [["Guten Tag."]])))
    assert [name.text_content() for name in select(parsed(html), ".name")] == ["Stimme Eins"]
    assert words_on(html) == ["Es", "rauscht.", "Guten", "Tag."]


def test_a_chapter_heading_precedes_its_nearest_paragraph_and_the_speaker_is_named_again() -> None:
    chapters = (Chapter(start_s=0, title="Anfang"), Chapter(start_s=4, title="Bleiben"))
    tree = select(parsed(page(chapters=chapters)), ".transcript")[0]
    assert [child.text_content().strip().splitlines()[0] for child in tree] == [
        "Anfang",
        "Stimme Eins",
        "00:00",
        "Stimme Zwei Beispielverein Nordlicht",
        "00:02",
        "Bleiben",
        "Stimme Zwei Beispielverein Nordlicht",
        "00:04",
    ]
    assert [child.tag for child in tree] == ["h3", "h4", "p", "h4", "p", "h3", "h4", "p"]


# --- anchors and links ------------------------------------------------------------------------------------------------


def test_no_id_appears_twice_even_with_paragraphs_in_the_same_second(long_page: str) -> None:
    crowded = page(samples.transcript(("Stimme Eins", "", [["Ja."], ["Ja."], ["Ja."]]), pause_s=0))
    for html in (long_page, crowded):
        ids = Counter(element.get("id") for element in parsed(html).xpath("//*[@id]"))
        assert ids.most_common(1)[0][1] == 1
    assert [p.get("id") for p in select(parsed(crowded), ".transcript p")] == ["t=00:00", "t=00:00-2", "t=00:00-3"]


def test_every_link_within_the_page_has_a_target(long_page: str) -> None:
    bare = page(None, chapters=(Chapter(start_s=5, title="A"), Chapter(start_s=5.4, title="B")))
    for html in (long_page, bare):
        tree = parsed(html)
        ids = {element.get("id") for element in tree.xpath("//*[@id]")}
        targets = [href[1:] for href in tree.xpath("//a/@href") if href.startswith("#")]
        assert targets
        assert set(targets) <= ids


def test_a_chapter_links_to_the_nearest_paragraph_and_keeps_its_own_time() -> None:
    chapters = (Chapter(start_s=3, title="Frage"), Chapter(start_s=3.9, title="Antwort", url="https://example.org/a"))
    links = select(parsed(page(chapters=chapters)), ".chapters a")
    assert [(link.get("href"), link.get("data-start")) for link in links] == [
        ("#t=00:02", "3"),
        ("#t=00:04", "3.9"),
        ("https://example.org/a", None),
    ]
    assert links[0].text_content() == "00:03 Frage"


def test_quick_turns_do_not_drown_keyboard_users_in_times() -> None:
    quick = samples.transcript(*[(f"Stimme {i % 2}", "", [["Ja?", "Nein!"]]) for i in range(400)])
    starts = [float(link.get("data-start")) for link in select(parsed(page(quick)), ".transcript p > a")]
    assert len(starts) > 10
    assert all(later - earlier >= 20 for earlier, later in pairwise(starts))


def test_every_turn_says_when_it_begins_even_where_the_time_is_no_link() -> None:
    quick = samples.transcript(*[(f"Stimme {i % 2}", "", [["Ja?", "Nein!"]]) for i in range(40)])
    tree = parsed(page(quick))
    paragraphs = select(tree, ".transcript p")
    assert all(len(paragraph.findall("a")) + len(paragraph.findall("time")) == 1 for paragraph in paragraphs)
    assert select(tree, ".transcript p > time")


def test_a_long_paragraph_is_split_for_the_eye_at_sentences_with_a_time_each() -> None:
    long = samples.transcript(
        ("Stimme Eins", "", [["Wort " * 8 + f"Satz {i}." for i in range(30)], ["Kurz."]]), pause_s=0
    )
    html = page(long)
    paragraphs = select(parsed(html), ".transcript p")
    lengths = [sum(len(span.text_content().split()) for span in p.findall("span")) for p in paragraphs]
    assert lengths == [100, 100, 100, 1]
    assert words_on(html) == words_of(long)
    assert all(paragraph.find("a") is not None for paragraph in paragraphs[:3])


def test_splitting_renames_no_anchor_of_the_transcripts_own_paragraphs() -> None:
    """The last part of the first paragraph begins in the same second as the second one."""
    words = [TimedWord(text="Wort", start_s=i / 1000, end_s=i / 1000) for i in range(120)]
    sentences = (Sentence(words=tuple(words[:60])), Sentence(words=tuple(words[60:])))
    second = Sentence(words=(TimedWord(text="Kurz.", start_s=0.5, end_s=0.9),))
    paragraphs = (samples.Paragraph(sentences=sentences), samples.Paragraph(sentences=(second,)))
    turn = samples.Turn(speaker="A", organisation="", paragraphs=paragraphs)
    html = page(Transcript(level="word", demo=False, model="", turns=(turn,)))
    assert [p.get("id") for p in select(parsed(html), ".transcript p")] == ["t=00:00", "t=00:00-3", "t=00:00-2"]


def test_hosts_speak_in_the_quieter_voice() -> None:
    asks = [p.get("class") == "asks" for p in select(parsed(page()), ".transcript p")]
    assert asks == [True, False, False]


def test_the_cover_stands_beside_the_title_and_is_the_episodes_own_if_it_has_one() -> None:
    (own,) = select(parsed(page(cover="bild.png")), ".head .cover")
    (common,) = select(parsed(page()), ".head .cover")
    assert own.get("src") == "cover-gross.webp"
    assert [common.get(name) for name in ("src", "width", "height")] == ["../../assets/cover-gross.webp", "162", "162"]


def test_anchors_beyond_an_hour_contain_the_hour() -> None:
    late = Sentence(words=(TimedWord(text="Spät.", start_s=3723.5, end_s=3724.0),))
    html = page(samples.transcript(("Stimme Eins", "", [["x"]])))
    assert 't=1:02:03"' not in html
    turn = samples.Turn(speaker="A", organisation="", paragraphs=(samples.Paragraph(sentences=(late,)),))
    assert 'id="t=1:02:03"' in page(Transcript(level="word", demo=False, model="", turns=(turn,)))


def test_only_links_point_to_other_sites_and_everything_loaded_is_ours(long_page: str) -> None:
    tree = parsed(long_page)
    loaded = tree.xpath("//@src") + tree.xpath("//link[@rel='stylesheet' or @rel='icon']/@href")
    here = addresses.page("007-leuchtturm")
    assert {addresses_of(url, here) for url in loaded} == {
        "audio/007-leuchtturm.mp3",
        "assets/podcast.css",
        "assets/podcast.js",
        "assets/spieler.css",
        "assets/spieler.js",
        "assets/folge.js",
        "assets/cover-gross.webp",
        "assets/icon.svg",
    }
    outside = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s\"<]+", long_page)}
    assert outside == {"example.org", "creativecommons.org", "podcast.example.org", "schema.org"}
    assert "style=" not in long_page
    assert not tree.xpath("//style | //iframe | //@onclick")
    assert tree.xpath("//script[not(@src)]/@type") == ["application/ld+json"]


def addresses_of(url: str, here: str) -> str:
    """Return the address that a relative `url` on the page `here` points to."""
    import posixpath

    assert not urlsplit(url).scheme
    return posixpath.normpath(posixpath.join(posixpath.dirname(here), unquote(url)))


def test_downloads_link_to_the_files_of_this_episode() -> None:
    here = addresses.page("007-leuchtturm")
    links = {addresses_of(href, here) for href in parsed(page()).xpath("//a[@download]/@href")}
    assert links == {
        addresses.audio("007-leuchtturm"),
        *(addresses.transcript("007-leuchtturm", form.suffix) for form in TRANSCRIPT_FORMATS),
    }


def test_further_formats_are_offered_after_the_mp3_with_their_size() -> None:
    made = samples.item(transcript=GREETING, duration_s=134.0)
    m4a = AlternateEnclosure(
        path=addresses.audio("007-leuchtturm", name="m4a"),
        media_type="audio/mp4",
        size_bytes=1_800_000,
        sha256="0" * 64,
    )
    enclosure = replace(made.enclosure, alternates=(m4a,))
    html = render_episode_page(Frame(show=samples.show()), replace(made, enclosure=enclosure), ())
    (link,) = parsed(html).xpath("//a[@type='audio/mp4']")
    assert addresses_of(link.get("href"), addresses.page("007-leuchtturm")) == "audio/007-leuchtturm.m4a"
    assert " ".join(link.text_content().split()) == "Als M4A herunterladen (1,8 MB)"
    assert "Audio herunterladen (MP3, 2,3 MB) Als M4A herunterladen" in text_of(html)
    assert parsed(html).xpath("//audio/@src") == ["../../audio/007-leuchtturm.mp3"]


def test_the_page_links_to_the_feed() -> None:
    assert parsed(page()).xpath("//link[@rel='alternate']/@href") == ["../../feed.xml"]


# --- facts about the episode ------------------------------------------------------------------------------------------


def test_the_page_shows_number_day_length_and_size_in_german() -> None:
    text = text_of(page())
    assert "Folge 7 · 15. Januar 2026 · 2 Minuten 14 Sekunden" in text
    assert "Audio herunterladen (MP3, 2,3 MB)" in text
    assert '<time datetime="2026-01-15T06:00:00+01:00">' in page()


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"number": 7}, "Folge 7"),
        ({"number": 7, "season": 2}, "Staffel 2, Folge 7"),
        ({"number": None, "episode_type": "trailer"}, "Trailer"),
        ({"number": 3, "episode_type": "bonus"}, "Bonusfolge"),
    ],
)
def test_the_label_names_what_kind_of_episode_it_is(changes: dict[str, object], shown: str) -> None:
    assert label(samples.episode(**changes)).replace("\u00a0", " ") == shown


def test_people_are_listed_with_their_role_and_organisation() -> None:
    people = [" ".join(li.text_content().split()) for li in select(parsed(page()), ".people li")]
    assert people == [
        "Stimme Eins Moderation",
        "Stimme Zwei zu Gast · Beispielverein Nordlicht Mehr über Stimme Zwei",
        "Stimme Drei zu Gast · Erfundenes Amt für Testfälle",
    ]


def test_people_link_to_their_own_pages_and_to_their_websites() -> None:
    links = [link.get("href") for link in select(parsed(page()), ".people a")]
    assert links == [
        "../../personen/stimme-eins/index.html",
        "../../personen/stimme-zwei/index.html",
        "https://example.org/z",
        "../../personen/stimme-drei/index.html",
    ]


def test_topics_link_to_their_pages() -> None:
    links = select(parsed(page(topics=("Häfen & Meer", "Netz"))), ".tags a")
    assert [(link.text, link.get("href")) for link in links] == [
        ("Häfen & Meer", "../../themen/haefen-meer/index.html"),
        ("Netz", "../../themen/netz/index.html"),
    ]


def test_a_corrected_transcript_shows_the_date_of_the_correction() -> None:
    assert "Transkript korrigiert am 1. März 2026." in text_of(page(corrected=date(2026, 3, 1)))
    assert "korrigiert" not in text_of(page())


def test_the_previous_and_the_next_episode_are_linked() -> None:
    made = samples.item(transcript=GREETING, duration_s=134.0)
    around = Around(
        newer=samples.episode(folder="008-mole", title="Die Mole"),
        older=samples.episode(folder="006-x", title="Vorher"),
    )
    tree = parsed(render_episode_page(Frame(show=samples.show()), made, (), around))
    links = [(link.get("rel"), link.text, link.get("href")) for link in select(tree, ".neighbours a")]
    assert links == [("prev", "Vorher", "../006-x/index.html"), ("next", "Die Mole", "../008-mole/index.html")]
    assert not select(parsed(page()), ".neighbours")


def test_every_file_of_the_transcript_is_listed_with_its_size() -> None:
    made = samples.item(transcript=GREETING, duration_s=134.0)
    sizes = {addresses.transcript(made.episode.folder, ".txt"): 48_100}
    assert "Text (48 kB)" in text_of(render_episode_page(Frame(show=samples.show()), made, (), Around(sizes=sizes)))


def test_the_episode_is_structured_data_for_search_engines() -> None:
    (text,) = parsed(page(title=HOSTILE)).xpath("//script[@type='application/ld+json']/text()")
    data = json.loads(text)
    assert (data["@type"], data["name"], data["episodeNumber"]) == ("PodcastEpisode", HOSTILE, 7)
    assert data["datePublished"] == "2026-01-15T06:00:00+01:00"
    assert data["associatedMedia"][0]["contentUrl"] == "https://podcast.example.org/mv/audio/007-leuchtturm.mp3"
    assert not parsed(page(preview=True)).xpath("//script[@type='application/ld+json']")


def test_shared_links_show_the_cover() -> None:
    image = "//meta[@property='og:image']/@content"
    assert parsed(page()).xpath(image) == ["https://podcast.example.org/mv/assets/cover.jpg"]
    own = page(cover="bild.PNG")
    assert parsed(own).xpath(image) == ["https://podcast.example.org/mv/folgen/007-leuchtturm/cover.png"]
    assert not parsed(page(preview=True)).xpath(image)


def test_show_notes_are_inserted_as_html() -> None:
    assert [link.text for link in select(parsed(page(notes=samples.NOTES)), ".notes a")] == [
        "Der Leuchtturm",
        "Das Netz",
    ]


def test_legal_links_are_on_every_page() -> None:
    links = {a.text: a.get("href") for a in select(parsed(page()), "footer .legal a")}
    assert links == {
        "Impressum": "https://example.org/impressum",
        "Datenschutz": "https://example.org/datenschutz",
        "Erklärung zur Barrierefreiheit": "https://example.org/barrierefreiheit",
        "Barriere melden": "mailto:barriere@example.org",
        "Bedienhinweise": "../../bedienhinweise/index.html",
    }


def test_easy_language_and_sign_language_are_linked_if_there_is_any() -> None:
    legal = replace(
        samples.show().legal, easy_language="https://example.org/ls", sign_language="https://example.org/dgs"
    )
    links = {a.text: a.get("href") for a in select(parsed(page(show=samples.show(legal=legal))), "footer .legal a")}
    assert links["Leichte Sprache"] == "https://example.org/ls"
    assert links["Gebärdensprache (DGS)"] == "https://example.org/dgs"


def test_without_transcript_chapters_notes_and_speakers_the_page_is_complete() -> None:
    html = page(None, speakers=(), published=None)
    assert [h.text for h in parsed(html).xpath("//h1 | //h2 | //h3")] == ["Der Leuchtturm im Netz"]
    assert "Transkript" not in text_of(html)
    assert parsed(html).xpath("//audio/@src") == ["../../audio/007-leuchtturm.mp3"]


def test_headings_never_skip_a_level(long_page: str) -> None:
    late = page(chapters=(Chapter(start_s=3, title="Erst jetzt ein Kapitel"),))
    for html in (long_page, page(), page(None), late):
        levels = [int(heading.tag[1]) for heading in parsed(html).xpath("//h1 | //h2 | //h3 | //h4")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


# --- honest notices ---------------------------------------------------------------------------------------------------


def test_a_transcript_of_the_demo_model_is_marked_as_such() -> None:
    demo = samples.transcript(("Stimme Eins", "", [["Guten Tag."]]), demo=True)
    assert "Demo: Dieser Text stammt vom Demo-Modell" in text_of(page(demo))
    assert "Demo" not in text_of(page())
    assert "Whisper-Modell „small“" in text_of(page())


@pytest.mark.parametrize("model", ["models/mein-modell", "/home/redaktion/podcast/mein-modell", "C:\\x\\mein-modell\\"])
def test_the_folder_of_a_model_is_not_shown(model: str) -> None:
    """Older versions of words.json contain such paths."""
    heard = Transcript(level="word", demo=False, model=model, turns=GREETING.turns)
    assert "Whisper-Modell „mein-modell“" in text_of(page(heard))
    assert model not in page(heard)


def test_times_that_apply_only_to_paragraphs_are_marked_as_such() -> None:
    rough = Transcript(level="paragraph", demo=False, model="", turns=GREETING.turns)
    assert "Die Zeiten gelten für ganze Absätze." in text_of(page(rough))
    assert "Grundlage:" not in text_of(page(rough))


def test_the_example_says_that_its_voices_are_synthetic() -> None:
    assert "Alle Stimmen dieser Folge sind künstlich erzeugt." in text_of(page(example=True))
    assert "künstlich" not in text_of(page())


def test_a_preview_says_so_and_asks_search_engines_to_stay_away() -> None:
    preview = page(preview=True)
    assert "Vorschau, nicht veröffentlicht." in text_of(preview)
    assert parsed(preview).xpath("//meta[@name='robots']/@content") == ["noindex, nofollow"]
    assert not parsed(preview).xpath("//link[@rel='canonical']")
    assert "Vorschau" not in page()
    assert not parsed(page()).xpath("//meta[@name='robots']")


def test_nothing_links_to_placeholders() -> None:
    legal = LegalLinks(
        imprint="https://impressum.invalid/",
        privacy="https://example.org/datenschutz",
        accessibility="https://example.org/barrierefreiheit",
        report_barrier="mailto:barriere@podcast.invalid",
    )
    show = samples.show(base_url="https://podcast.invalid/", legal=legal, placeholders=("base_url", "legal.imprint"))
    html = page(show=show)
    assert ".invalid" not in html
    assert "Noch einzurichten: base_url, legal.imprint." in text_of(html)
    assert "Impressum (noch nicht eingerichtet)" in text_of(html)
    assert "Barriere melden (noch nicht eingerichtet)" in text_of(html)


def test_with_a_real_address_the_page_names_its_own_url() -> None:
    own = "https://podcast.example.org/mv/folgen/007-leuchtturm/index.html"
    assert parsed(page()).xpath("//link[@rel='canonical']/@href") == [own]
    assert parsed(page()).xpath("//meta[@property='og:url']/@content") == [own]


# --- hostile text -----------------------------------------------------------------------------------------------------

HOSTILE = """</title></script><script>alert(1)</script><img src=x onerror="alert(2)">&amp; ' " {{ 7*7 }}"""


def test_markup_in_names_titles_and_words_stays_text() -> None:
    speaker = Speaker(name=HOSTILE, slug="x", organisation=HOSTILE)
    html = page(
        samples.transcript((HOSTILE, HOSTILE, [[HOSTILE]])),
        chapters=(Chapter(start_s=0, title=HOSTILE),),
        show=samples.show(title=HOSTILE, copyright=HOSTILE),
        title=HOSTILE,
        summary=HOSTILE,
        speakers=(speaker,),
    )
    tree = parsed(html)
    assert [script.get("type") or script.get("src") for script in tree.xpath("//script")] == [
        "../../assets/podcast.js",
        "../../assets/spieler.js",
        "../../assets/folge.js",
        "application/ld+json",
    ]
    assert tree.xpath("//img/@class") == ["cover"]
    assert not tree.xpath("//@onerror")
    assert words_on(html) == HOSTILE.split()
    assert select(tree, "h1")[0].text_content() == HOSTILE
    assert tree.xpath("//meta[@name='description']/@content") == [HOSTILE]


def test_the_policy_allows_nothing_inline_and_nothing_from_other_hosts() -> None:
    (policy,) = parsed(page()).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy


# --- budgets ----------------------------------------------------------------------------------------------------------


def test_45_minutes_stay_within_the_budgets(long_page: str) -> None:
    tree = parsed(long_page)
    sizes = {address: len(gzip.compress(content, 9)) for address, content in static_files(Theme()).items()}
    assert len(gzip.compress(long_page.encode(), 9)) <= 30_000
    assert sizes[addresses.STYLE] <= 5_000
    assert sizes[addresses.SCRIPT] <= 6_000
    assert sizes[addresses.PLAYER_STYLE] <= 2_800
    assert sizes[addresses.PLAYER_SCRIPT] <= 3_900
    assert len(tree.xpath("//*")) <= 1_500
    stops = tree.xpath("//a[@href] | //audio | //button | //select | //input")
    assert len(stops) + 5 <= 160  # four more inside the browser's own player, one on the transcript


def test_a_passage_in_another_language_says_which_and_hostile_text_in_it_stays_text() -> None:
    manuscript = parse("Stimme Eins:\nWir sagen „[en: public <b>money</b> & code]“ dazu.\n", speakers=samples.SPEAKERS)
    spoken = retime(manuscript, None, duration_s=100.0).transcript
    (sentence,) = select(parsed(page(spoken)), ".transcript p > span")
    (foreign,) = sentence
    assert (foreign.tag, foreign.get("lang")) == ("span", "en")
    assert foreign.text_content() == "public <b>money</b> & code"
    assert sentence.text_content() == "Wir sagen „public <b>money</b> & code“ dazu."
    assert sentence.get("data-start") and not foreign.get("data-start")
