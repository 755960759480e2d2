"""Pages about people and topics: everybody who speaks, in order, with the places where they speak longest."""

from __future__ import annotations

from datetime import datetime

import page_samples as samples
from page_samples import SPEAKERS, parsed, select

from pipeline.site.frame import Frame
from pipeline.site.pages import render_episode_page, render_people, render_person, render_topic, render_topics
from pipeline.site.people import LONG_LIST, MOMENTS, Person, episode_moments, people
from pipeline.site.topics import topics
from pipeline.values.published import EpisodeMoments, Item
from pipeline.values.show import Chapter, Speaker

FRAME = Frame(show=samples.show(), has_topics=True)


def heard(folder: str, day: int, *speakers: Speaker, **changes: object) -> Item:
    published = datetime(2026, 1, day, 6, 0, tzinfo=samples.CET)
    return samples.item(
        transcript=None,
        duration_s=2700.0,
        folder=folder,
        title=folder,
        published=published,
        speakers=speakers,
        **changes,
    )


def person(name: str, slug: str, organisation: str = "", **changes: object) -> Speaker:
    return Speaker(name=name, slug=slug, organisation=organisation, **changes)  # type: ignore[arg-type]


def test_everybody_is_listed_once_by_surname() -> None:
    items = [
        heard("b", 9, person("Tom Takt", "tom-takt"), person("Klara Klang", "klara-klang")),
        heard("a", 3, person("Tom Takt", "tom-takt"), person("Sina Örtlich", "sina-oertlich")),
    ]
    tree = parsed(render_people(FRAME, people(items, {})))
    assert [h.text for h in select(tree, ".letter h2")] == ["K", "O", "T"]
    found = [(a.text, " ".join(a.getnext().text_content().split())) for a in select(tree, ".letter a")]
    assert sorted(found) == [("Klara Klang", "1 Folge"), ("Sina Örtlich", "1 Folge"), ("Tom Takt", "2 Folgen")]


def test_two_people_with_the_same_name_have_a_page_each() -> None:
    items = [
        heard("b", 9, person("Tom Takt", "tom-takt-2", "Wortlabor")),
        heard("a", 3, person("Tom Takt", "tom-takt", "Testwerk")),
    ]
    found = people(items, {})
    assert [(who.slug, who.name, who.organisations) for who in found] == [
        ("tom-takt", "Tom Takt", ("Testwerk",)),
        ("tom-takt-2", "Tom Takt", ("Wortlabor",)),
    ]
    tree = parsed(render_people(FRAME, found))
    assert [a.get("href") for a in select(tree, ".letter a")] == [
        "tom-takt/index.html",
        "tom-takt-2/index.html",
    ]


def test_a_person_who_changed_name_and_work_is_listed_under_the_newest_of_both() -> None:
    items = [
        heard("b", 9, person("Klara Neu", "klara", "Wortlabor")),
        heard("a", 3, person("Klara Klang", "klara", "Testwerk", url="https://example.org/k")),
    ]
    (who,) = people(items, {})
    text = " ".join(parsed(render_person(FRAME, who)).text_content().split())
    assert "Klara Neu Wortlabor · Testwerk Auch: Klara Klang Mehr über Klara Neu" in text


def test_moments_are_the_longest_turns_in_order_and_link_to_existing_paragraphs() -> None:
    words = samples.long_transcript(600.0)
    chapters = (Chapter(start_s=0.0, title="Anfang"),)
    moments = episode_moments(words, chapters, SPEAKERS)
    assert moments.people[0].slug == "stimme-eins"
    page = parsed(render_episode_page(FRAME, samples.item(transcript=words, duration_s=600.0), chapters))
    ids = {p.get("id") for p in select(page, ".transcript p")}
    for entry in moments.people:
        starts = [moment.start_s for moment in entry.moments]
        assert starts == sorted(starts)
        assert len(starts) <= MOMENTS
        assert {moment.anchor for moment in entry.moments} <= ids
        assert all(0 < len(moment.text) <= 122 for moment in entry.moments)


def test_a_name_that_the_transcript_spells_differently_is_the_same_person() -> None:
    speaker = person("Tom Takt", "tom-takt", aliases=("T. Takt",))
    words = samples.transcript(("T. TAKT", "", [["Das ist so."]]), ("Wer anders", "", [["Nein."]]))
    (found,) = episode_moments(words, (), (speaker,)).people
    assert (found.slug, [moment.text for moment in found.moments]) == ("tom-takt", ["Das ist so."])


def test_a_very_long_first_sentence_is_cut() -> None:
    for text in ("Wort " * 60, "x" * 400):
        words = samples.transcript(("Tom Takt", "", [[text]]))
        (found,) = episode_moments(words, (), (person("Tom Takt", "t"),)).people
        assert len(found.moments[0].text) <= 122
        assert found.moments[0].text.endswith(" …")


def test_the_page_of_a_frequent_speaker_folds_moments_and_shows_few_of_them() -> None:
    host = person("Klara Klang", "klara", role="host")
    moments = episode_moments(samples.transcript(("Klara Klang", "", [["Guten Tag."]])), (), (host,))
    items = [heard(f"{number:03}", 28 - number % 28, host) for number in range(300)]
    (who,) = people(items, {item.episode.folder: moments for item in items})
    tree = parsed(render_person(FRAME, who))
    assert len(select(tree, ".episodes h3 a")) == 300
    assert len(tree.xpath("//details")) == LONG_LIST
    assert not tree.xpath("//details[@open]")


def test_moments_link_to_the_place_in_the_episode() -> None:
    moments = episode_moments(samples.transcript(("Stimme Eins", "", [["Guten Tag."]])), (), SPEAKERS)
    item = heard("007-leuchtturm", 3, SPEAKERS[0])
    (who,) = people([item], {"007-leuchtturm": moments})
    (link,) = select(parsed(render_person(FRAME, who)), ".moments a")
    assert link.get("href") == "../../folgen/007-leuchtturm/index.html#t=00:00"
    assert link.text_content() == "00:00 Guten Tag."
    assert not people([item], {"007-leuchtturm": EpisodeMoments()})[0].appearances[0].moments


def test_topics_gather_their_episodes_however_they_are_spelt() -> None:
    items = [
        heard("b", 9, SPEAKERS[0], topics=("Häfen", "Netz")),
        heard("a", 3, SPEAKERS[0], topics=("haefen",)),
    ]
    found = topics(items)
    assert [(topic.slug, topic.title, len(topic.items)) for topic in found] == [
        ("haefen", "Häfen", 2),
        ("netz", "Netz", 1),
    ]
    listed = select(parsed(render_topics(FRAME, found)), ".topics li")
    assert [" ".join(li.text_content().split()) for li in listed] == ["Häfen 2 Folgen", "Netz 1 Folge"]
    tree = parsed(render_topic(FRAME, found[0]))
    assert [a.text for a in select(tree, ".episodes h2 a")] == ["b", "a"]


def test_hostile_names_stay_text_on_every_list() -> None:
    name = '</title><script>alert(1)</script>\u202e"&amp;' + "x" * 200
    item = heard("a", 3, person(name, "wer", name), topics=(name,))
    who: Person = people([item], {})[0]
    for html in (
        render_person(FRAME, who),
        render_people(FRAME, [who]),
        render_topics(FRAME, topics([item])),
        render_topic(FRAME, topics([item])[0]),
    ):
        tree = parsed(html)
        assert [script.get("src") for script in tree.xpath("//script")] == [tree.xpath("//script/@src")[0]]
        assert name in tree.text_content()
