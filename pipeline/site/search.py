"""The search over all episodes, as files that any host can serve, or a disk: the browser does the searching.

There are three kinds of files, all of them scripts, because pages opened from a disk may load nothing else:

- `folgen/…/suche.js`: the sentences of one episode with speakers and times, which results show.
- `suche/0.js` …: which episodes contain which word. A word is filed under every three letters in it (its grams), so
  that "wirtschaft" finds "Landwirtschaftsministerium" in a single one of these files. Grams that very many words
  contain are extended letter by letter until few enough words contain them.
- `suche/verzeichnis.js`: the episodes, the number of files, and those very common grams.

`static/suche.js` reads them; it has the same `fold`, `shard_of` and form of rows.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.german import formatting as german
from pipeline.site.files import shard_count
from pipeline.site.pages import label

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

    from pipeline.values.published import Item

COMMON_WORDS = 350  # a gram in more words than this is extended
_GRAM = 3
_ROOMS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "\xad": None})
_INNER_SIGN = re.compile(r"([^\W\d_])[*:_](?=[^\W\d_])")  # Hörer*innen, Hörer:innen, Hörer_innen
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """The words of `text` in the form to compare, separated by spaces: lower case, umlauts and ß as two letters, no
    accents.

    `Hörer*innen` is one word, so that people find it as it is spoken.
    """
    small = unicodedata.normalize("NFKC", text).lower().translate(_UMLAUTS)
    if not small.isascii():
        parts = unicodedata.normalize("NFD", small)
        small = "".join(sign for sign in parts if not unicodedata.category(sign).startswith("M"))
    return " ".join(_WORD.findall(_INNER_SIGN.sub(r"\1", small)))


def render_sentences(item: Item) -> str:
    """The script with what results show of one episode: title, people, every sentence as [person, second, text]."""
    turns = item.transcript.turns if item.transcript else ()
    people = list(dict.fromkeys(turn.speaker for turn in turns))
    entry = {
        "title": item.episode.title,
        "about": " · ".join(filter(None, (label(item.episode), german.day(item.published) if item.published else ""))),
        "summary": item.episode.summary,
        "people": people,
        "sentences": [
            [people.index(turn.speaker), int(sentence.start_s), sentence.text]
            for turn in turns
            for paragraph in turn.paragraphs
            for sentence in paragraph.sentences
        ],
    }
    return f"podcastSearch.episode({_json(item.episode.folder)}, {_json(entry)});\n"


def render_words(item: Item) -> str:
    """Every word that finds the episode, once, one per line, sorted: from sentences, title, summary, names."""
    episode = item.episode
    texts: Iterable[str] = (episode.title, episode.summary, *(speaker.name for speaker in episode.speakers))
    if item.transcript:
        turns = item.transcript.turns
        sentences = (s.text for turn in turns for paragraph in turn.paragraphs for s in paragraph.sentences)
        texts = chain(texts, (turn.speaker for turn in turns), sentences)
    return "".join(f"{word}\n" for word in sorted({word for text in texts for word in fold(text).split()}))


def shard_of(key: str, count: int) -> int:
    """The number of the file with the words of `key`: its FNV-1a hash, the same on every machine."""
    value = 0x811C9DC5
    for sign in key:
        value = (value ^ ord(sign)) * 0x01000193 & 0xFFFFFFFF
    return (value ^ value >> 16) % count


def render_index(folders: Sequence[str], words: Sequence[str]) -> Mapping[str, str]:
    """Address → text of the directory and of every file of words.

    `folders` are the episodes, oldest first; `words` has the result of `render_words` for each of them.
    """
    episodes_of: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(words):
        for word in text.split():
            episodes_of[word].append(number)
    common = _common_grams(episodes_of)
    count = shard_count(len(folders))
    shards: list[list[str]] = [[] for _ in range(count)]
    shard = cache(partial(shard_of, count=count))
    for word in sorted(episodes_of):
        row = f"{word} {_gaps(episodes_of[word])}"
        for number in {shard(key) for key in _keys_of(word, common)}:
            shards[number].append(row)
    directory = {"shards": count, "common": sorted(common), "episodes": list(folders)}
    texts = {addresses.SEARCH_DIRECTORY: f"podcastSearch.directory({_json(directory)});\n"}
    for number, rows in enumerate(shards):
        texts[addresses.search_shard(number)] = f"podcastSearch.shard({number}, {_json(chr(10).join(rows))});\n"
    return texts


def _common_grams(words: Collection[str]) -> frozenset[str]:
    """The grams that occur in `words` more than COMMON_WORDS times, and their extensions that still do."""
    common: set[str] = set()
    size = _GRAM
    places = [(word, start) for word in words for start in range(len(word) - size + 1)]
    while places:
        counts = Counter(word[start : start + size] for word, start in places)
        found = {gram for gram, count in counts.items() if count > COMMON_WORDS}
        common |= found
        longer = size + 1
        places = [
            (word, start)
            for word, start in places
            if len(word) >= start + longer and word[start : start + size] in found
        ]
        size = longer
    return frozenset(common)


def _keys_of(word: str, common: Container[str]) -> set[str]:
    """The keys that a word is filed under: for each letter, the shortest gram from there that is not common.

    A word without any, because it is shorter than a gram or has only common ones, is filed as a whole: `=ung`.
    """
    keys = set()
    for start in range(len(word) - _GRAM + 1):
        for end in range(start + _GRAM, len(word) + 1):
            if word[start:end] not in common:
                keys.add(word[start:end])
                break
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
