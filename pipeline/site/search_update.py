"""An edited word in the index of the search: the few files that it changes, with the bytes that all anew would have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.site.search import (
    COMMON_WORDS,
    GRAM,
    keys_of,
    parse_directory,
    parse_shard,
    render_row,
    render_shard,
    shard_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

MANY_WORDS = 500  # with more new or lost ones, making all anew is as quick


def update_index(
    before: Sequence[str], folders: Sequence[str], words: Sequence[str], read: Callable[[str], str]
) -> Mapping[str, str] | None:
    """Address → text of every file of the index that differs from those made of the words `before`.

    The other values are those of `render_index`; `read` gives the file at an address as it was made then. None where
    that is no small change, or one that reaches all files: other episodes, other common grams.
    """
    directory = parse_directory(read(addresses.SEARCH_DIRECTORY))
    if directory.episodes != list(folders) or len(before) != len(words):
        return None
    old = {number: set(before[number].split()) for number, text in enumerate(words) if text != before[number]}
    touched = {word for number, spoken in old.items() for word in spoken ^ set(words[number].split())}
    if len(touched) > MANY_WORDS:
        return None
    known: set[str] = set()
    episodes_of: dict[str, list[int]] = {word: [] for word in touched}
    for number, text in enumerate(words):
        spoken = text.split()
        known.update(spoken)
        for word in touched.intersection(spoken):
            episodes_of[word].append(number)
    lost = {word for word in touched if word not in known}
    new = {
        word
        for word in touched
        if old.keys() >= set(episodes_of[word]) and not any(word in spoken for spoken in old.values())
    }
    if not _stay_common(directory.common, lost | new, known):
        return None
    rows: dict[int, dict[str, str]] = {}
    for word in touched:
        for number in {shard_of(key, directory.shards) for key in keys_of(word, directory.common)}:
            if number not in rows:
                rows[number] = parse_shard(read(addresses.search_shard(number)))
            if word in lost:
                del rows[number][word]
            else:
                rows[number][word] = render_row(word, episodes_of[word])
    return {
        addresses.search_shard(number): render_shard(number, (row for _, row in sorted(found.items())))
        for number, found in rows.items()
    }


def _stay_common(common: Container[str], words: set[str], known: set[str]) -> bool:
    """Are the common grams the same, now that `words` are new or lost and `known` are all there are?"""
    if not words:
        return True
    text = "\n".join(known)
    for word in words:
        for start in range(len(word) - GRAM + 1):
            for end in range(start + GRAM, len(word) + 1):
                gram = word[start:end]
                if _is_common(gram, text) != (gram in common):
                    return False
                if gram not in common:
                    break
    return True


def _is_common(gram: str, text: str) -> bool:
    place = -1
    for _ in range(COMMON_WORDS + 1):
        place = text.find(gram, place + 1)
        if place < 0:
            return False
    return True
