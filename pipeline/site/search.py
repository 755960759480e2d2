"""The search over all episodes, as files that any host can serve, or a disk: the browser does the searching.

There are three kinds of files, all of them scripts, because pages opened from a disk may load nothing else:

- `folgen/…/suche.js`: the sentences of one episode with speakers and times, which results show.
- `suche/0.js` …: which episodes contain which word, and where. A word is filed under every three letters in it (its
  grams), so that "wirtschaft" finds "Landwirtschaftsministerium" in a single one of these files. Grams that very many
  words contain are extended letter by letter until few enough words contain them. A word with umlauts is filed with ae
  and with a: "forderung" finds "Förderung", but not the other way round. Two words that a sign or a number joins have
  a row of their own (`industrie+4`).
- `suche/verzeichnis.js`: the episodes, people and topics, the number of files, and those very common grams.

`static/suche.js` reads them and ranks; it has the same `shard_of` and form of rows.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import cache, partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.german import formatting as german
from pipeline.site.files import shard_count
from pipeline.site.pages import label
from pipeline.site.people import people
from pipeline.site.topics import topics
from pipeline.site.words import bare_words, spell

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence

    from pipeline.values.published import Item

COMMON_WORDS = 300  # a gram in more words than this is extended
OFTEN = 3  # a word that is said so often counts more
_GRAM = 3
_ROOMS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
# Where a word stands in an episode: the place of the sign is the sum of these, and 8 if it is said, 16 if often.
_TITLE, _TOPIC, _SUMMARY, _SAID = 1, 2, 4, 8
_PLACES = "!#$%&'()*+,./:;<=>?@[]^{"
_JOINED = re.compile(r"\w[^\w\s]+\w|\d")


def render_sentences(item: Item) -> str:
    """The script with what results show of one episode: title, topics, people, and the turns as [person, seconds,
    sentence, seconds, sentence …]; seconds count from the beginning of the sentence before."""
    turns = item.transcript.turns if item.transcript else ()
    speakers = list(dict.fromkeys(turn.speaker for turn in turns))
    entry = {
        "title": item.episode.title,
        "about": " · ".join(filter(None, (label(item.episode), german.day(item.published) if item.published else ""))),
        "summary": item.episode.summary,
        "topics": list(item.episode.topics),
        "people": speakers,
    }
    before_s, shown = 0, []
    for turn in turns:
        row: list[int | str] = [speakers.index(turn.speaker)]
        for sentence in (sentence for paragraph in turn.paragraphs for sentence in paragraph.sentences):
            row += [int(sentence.start_s) - before_s, sentence.text]
            before_s = int(sentence.start_s)
        shown.append(row)
    return f"podcastSearch.episode({_json(item.episode.folder)}, {_json(entry | {'turns': shown})});\n"


def render_words(item: Item) -> str:
    """Every key that finds the episode, once, one per line, sorted: a word with its umlauts, or two that belong
    together (`+`). A sign after the key says where it stands, if it is not just said a few times. Names of people count
    as the summary."""
    episode, said = item.episode, item.transcript.turns if item.transcript else ()
    names = dict.fromkeys((*(speaker.name for speaker in episode.speakers), *(turn.speaker for turn in said)))
    places: Counter[str] = Counter()
    for texts, place in (((episode.title,), _TITLE), (episode.topics, _TOPIC), ((episode.summary, *names), _SUMMARY)):
        for key in set(chain.from_iterable(_keys_in(text) for text in texts)):
            places[key] += place
    sentences = [s.text for turn in said for paragraph in turn.paragraphs for s in paragraph.sentences]
    for key, times in _counted(sentences).items():
        places[key] += _SAID if times < OFTEN else 2 * _SAID
    return "".join(f"{key}\n" if sum_ == _SAID else f"{key} {_PLACES[sum_]}\n" for key, sum_ in sorted(places.items()))


def _counted(sentences: Sequence[str]) -> Counter[str]:
    """How often each key occurs in the sentences. Equal texts between spaces are folded once."""
    found: Counter[str] = Counter()
    for chunk, times in Counter(" ".join(sentences).split()).items():
        for word in bare_words(chunk):
            found[word] += times
    for sentence in sentences:
        if _JOINED.search(sentence):
            found.update(_pairs(sentence.split()))
    return found


def _keys_in(text: str) -> Iterable[str]:
    return _counted([text])


def _pairs(chunks: Sequence[str]) -> Iterator[str]:
    """The neighbours that a sign joins ("IT-Sicherheit", "4.0") or one of which has a digit ("Industrie 4.0")."""
    before = ""
    for words in filter(None, map(bare_words, chunks)):
        if before and not (before.isalpha() and words[0].isalpha()):
            yield spell(f"{before}+{words[0]}")
        for left, right in pairwise(words):
            yield spell(f"{left}+{right}")
        before = words[-1]


def shard_of(key: str, count: int) -> int:
    """The number of the file with the words of `key`: its FNV-1a hash, the same on every machine."""
    value = 0x811C9DC5
    for sign in key:
        value = (value ^ ord(sign)) * 0x01000193 & 0xFFFFFFFF
    return (value ^ value >> 16) % count


def render_index(items: Sequence[Item], words: Sequence[str]) -> Mapping[str, str]:
    """Address → text of the directory and of every file of words.

    `items` are the episodes, oldest first; `words` has the result of `render_words` for each of them.
    """
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(words):
        for line in text.splitlines():
            found[line].append(number)
    rows: defaultdict[str, str] = defaultdict(str)
    for line in sorted(found):  # a key alone comes before the same with a sign
        key, _, place = line.partition(" ")
        rows[key] += f"{'' if key in rows or not place else ' '} {place}{_gaps(found[line])}"
    spellings = {key: _spellings(key) for key in rows}
    common = _common_grams([spellings[key][0] for key in rows if "+" not in key])
    count = shard_count(len(items))
    shards: list[list[str]] = [[] for _ in range(count)]
    shard = cache(partial(shard_of, count=count))
    for key, steps in rows.items():
        grams = set().union(*(_keys_of(word, common) for word in spellings[key]))
        for number in set(map(shard, grams)):
            shards[number].append(key + steps)
    texts = {addresses.SEARCH_DIRECTORY: _directory(items, count, common)}
    for number, lines in enumerate(shards):
        texts[addresses.search_shard(number)] = f"podcastSearch.shard({number}, {_json(chr(10).join(lines))});\n"
    return texts


def _directory(items: Sequence[Item], count: int, common: Collection[str]) -> str:
    """The script with what every search needs: episodes with title and number, people, topics."""
    newest_first = items[::-1]
    directory = {
        "shards": count,
        "common": " ".join(sorted(common)),
        "episodes": [[item.episode.folder, item.episode.title, label(item.episode)] for item in items],
        "people": [[person.slug, person.name, *person.other_names] for person in people(newest_first, {})],
        "topics": [[topic.slug, topic.title] for topic in topics(newest_first)],
    }
    return f"podcastSearch.directory({_json(directory)});\n"


def _spellings(key: str) -> tuple[str, ...]:
    """How a key may be typed: with ae for ä, or with a."""
    return (key,) if key.isascii() else (spell(key), spell(key, plain=True))


def _common_grams(words: Collection[str]) -> frozenset[str]:
    """The grams that occur in `words` more than COMMON_WORDS times, and their extensions that still do."""
    common: set[str] = set()
    size = _GRAM
    tails = [word[start:] for word in words for start in range(len(word) - size + 1)]
    while tails:
        counts = Counter([tail[:size] for tail in tails if len(tail) >= size])
        found = {gram for gram, count in counts.items() if count > COMMON_WORDS}
        common |= found
        tails = [tail for tail in tails if tail[:size] in found]
        size += 1
    return frozenset(common)


def _keys_of(word: str, common: Container[str]) -> set[str]:
    """The keys that a word is filed under: for each letter, the shortest gram from there that is not common.

    A word without any, because it is shorter than a gram or has only common ones, is filed as a whole: `=ung`. So are
    two words that belong together.
    """
    if "+" in word:
        return {f"={word}"}
    keys = set()
    for start in range(len(word) - _GRAM + 1):
        end = start + _GRAM
        while (gram := word[start:end]) in common and end < len(word):
            end += 1
        if gram not in common:
            keys.add(gram)
    return keys or {f"={word}"}


def _gaps(episodes: Sequence[int]) -> str:
    """Rising numbers as the gaps between them: one character for up to 62 skipped numbers, `_` for each further 63."""
    signs, before = "", -1
    for number in episodes:
        further, rest = divmod(number - before - 1, len(_ROOMS))
        signs += "_" * further + _ROOMS[rest]
        before = number
    return signs


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
