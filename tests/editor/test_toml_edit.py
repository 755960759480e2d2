"""A value is changed in the text of a TOML file, and every other byte stays."""

from __future__ import annotations

import tomllib
import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.editor.toml_edit import ChangedLines, WantedTable, changed_lines, with_tables, with_value

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
QUOTED = st.sampled_from(['"alt"', "'alt'", '"""\nalt\nund \\"älter\\""""', "'''alt\nund = 1'''", '"#"'])
NOISE = st.sampled_from(
    [
        "# Anmerkung: [[speakers]]\n",
        "\n",
        "   \t\n",
        '#title = "so"\n',
        'zahl = 0x1F   # "title = 1"\n',
        "'wörtlich' = 1.0\n",
        'liste = [ # title = "x"\n  1,\n\n  2, ]\n',
        "punkt.title = true\n",
        'lang = """\ntitle = "nicht ich"\n[[speakers]]\n"""\n',
        "wann = 2026-01-15T06:00:00+01:00#gleich\n",
    ]
)


def unique(lines: list[str]) -> list[str]:
    """Comments and blank lines, and each entry once."""
    return [line for index, line in enumerate(lines) if line.lstrip()[:1] in {"", "#"} or line not in lines[:index]]


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str, str]:
    """What stands before an entry `title`, the entry, and what stands behind it."""
    lines = unique(draw(st.lists(NOISE, max_size=6)))
    at = draw(st.integers(0, len(lines)))
    before, after = "".join(lines[:at]), "".join(lines[at:])
    entry = f"{draw(st.sampled_from(['title = ', '  title=', 'title  =  ']))}{draw(QUOTED)}"
    entry += draw(st.sampled_from(["\n", "   # bleibt so\n", "\t# „bleibt“ = so\n"]))
    tail = draw(st.sampled_from(["", "[audio]\ntitle = 1\n", "[[speakers]]\nname = 'A'\n\n# Ende"]))
    parts = [before, entry, after + tail]
    if draw(st.booleans()):
        parts = [part.replace("\n", "\r\n") for part in parts]
    return (draw(st.sampled_from(["", "\ufeff"])) + parts[0], parts[1], parts[2])


@given(files(), TEXT)
def test_one_value_changes_and_all_other_bytes_stay(file: tuple[str, str, str], value: str) -> None:
    before, entry, after = file
    changed = with_value(before + entry + after, "title", value)
    assert changed.startswith(before)
    assert changed.endswith(after)
    written = changed.removeprefix(before).removesuffix(after) if after else changed.removeprefix(before)
    comment = entry.partition("#")[1:] if '"#"' not in entry else ("", "")
    assert written.endswith("".join(comment) or entry[-1:])
    assert ("\r\n" in written) == ("\r\n" in entry)
    table = tomllib.loads(changed.removeprefix("\ufeff"))
    assert table["title"] == unicodedata.normalize("NFC", value)
    expected = tomllib.loads((before + entry + after).removeprefix("\ufeff"))
    assert {key: kept for key, kept in table.items() if key != "title"} == {
        key: kept for key, kept in expected.items() if key != "title"
    }


@pytest.mark.parametrize("quoted", ["'alt'", '"alt"', '"""alt"""', '"""\nalt"""'])
def test_the_kind_of_quotation_marks_stays(quoted: str) -> None:
    assert with_value(f"a = {quoted} # x\n", "a", "neü") == f"a = {quoted.replace('alt', 'neü')} # x\n"


def test_marks_that_cannot_hold_the_value_become_others() -> None:
    assert tomllib.loads(with_value("a = 'alt'\n", "a", "geht's"))["a"] == "geht's"
    assert tomllib.loads(with_value('a = """alt"""\n', "a", 'x"""y'))["a"] == 'x"""y'


def test_a_value_that_is_there_already_changes_nothing() -> None:
    source = 'a="""\n  so\\u00e4"""\t# x\r\nb=[ "x" ,"y",]\r\nc = 2026-12-03T05:00:00Z'
    assert with_value(source, "a", "  soä") == source
    assert with_value(source, "b", ("x", "y")) == source
    assert with_value(source, "c", datetime.fromisoformat("2026-12-03T06:00:00+01:00")) == source


def test_a_new_entry_takes_the_place_of_its_example_or_its_place_in_the_order() -> None:
    order = ("title", "summary", "topics", "recording")
    source = 'title = "A"\n#topics = ["x"]   # Themen\nrecording = "r"\n\n[audio]\n'
    assert with_value(source, "topics", ("B",), order=order) == source.replace('#topics = ["x"]', 'topics = ["B"]')
    assert with_value(source, "summary", "S", order=order) == source.replace('"A"\n', '"A"\nsummary = "S"\n')
    assert with_value("[audio]", "title", "S", order=order) == 'title = "S"\n[audio]'
    assert with_value('slug = "a"', "title", "S", order=order) == 'slug = "a"\ntitle = "S"\n'


def test_an_entry_is_removed_with_its_comment_and_nothing_else() -> None:
    assert with_value("a = 1\nb = [\n 1,\n] # weg\n\n# c\n[t]\nb = 2\n", "b", None) == "a = 1\n\n# c\n[t]\nb = 2\n"


TABLES = """\
x = 1

# Erst wir
[[speakers]]
name = "A"   # eins
role = "host"

# dann B
[[speakers]]
name = "B"
url = "https://b.example"
# hinter B

[[speakers]]
name = "C"

# Kapitel
# [[chapters]]
# start = "0"

[audio]
"""


def test_tables_are_renamed_dropped_and_added_where_others_stood() -> None:
    wanted = [WantedTable(index=0, values={"name": "Ä"}), WantedTable(index=2, values={"role": "guest"})]
    changed = with_tables(TABLES, "speakers", wanted, order=("name", "role"))
    b = '[[speakers]]\nname = "B"\nurl = "https://b.example"\n'
    c = '[[speakers]]\nname = "C"\n'
    expected = TABLES.replace('"A"', '"Ä"').replace(f"{c}\n", "").replace(b, f'{c}role = "guest"\n')
    assert changed == expected
    added = [*(WantedTable(index=index, values={}) for index in range(3)), WantedTable(values={"name": "D"})]
    assert with_tables(TABLES, "speakers", added, order=()) == TABLES.replace(c, f'{c}\n[[speakers]]\nname = "D"\n')


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_first_tables_of_a_file_stand_behind_their_example(newline: str) -> None:
    source = TABLES.replace("\n", newline)
    changed = with_tables(source, "chapters", [WantedTable(values={"start": "1"})], order=("start",))
    behind = f'# start = "0"{newline}'
    assert changed == source.replace(behind, f'{behind}{newline}[[chapters]]{newline}start = "1"{newline}')
    assert with_tables("a = 1", "t", [WantedTable(values={"b": "c"})], order=()) == 'a = 1\n\n[[t]]\nb = "c"\n'
    assert with_tables("", "t", [WantedTable(values={"b": "c"})], order=()) == '[[t]]\nb = "c"\n'


def test_tables_in_one_line_stay_in_one_line() -> None:
    source = 'chapters = [{start = "0:00", title = "A"}] # x\n[audio]\n'
    wanted = [WantedTable(index=0, values={"title": "B"}), WantedTable(values={"start": "1:00", "title": "C"})]
    changed = with_tables(source, "chapters", wanted, order=())
    assert changed.endswith(" # x\n[audio]\n")
    assert tomllib.loads(changed)["chapters"] == [
        {"start": "0:00", "title": "B"},
        {"start": "1:00", "title": "C"},
    ]


names = st.lists(st.sampled_from("ABCDE"), unique=True, max_size=5)


@given(names, st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=5), st.booleans())
def test_any_choice_of_tables_is_what_the_file_then_says(
    old: list[str], choice: list[tuple[bool, int]], crlf: bool
) -> None:
    source = "a = 1\n\n" + "# zwischen\n\n".join(f'[[t]]\nn = "{name}"\n' for name in old) + "# Schluss\n[z]\nn = 1"
    source = source.replace("\n", "\r\n") if crlf else source
    wanted = [
        WantedTable(index=at if take and at < len(old) else None, values={"m": str(n)})
        for n, (take, at) in enumerate(choice)
    ]
    changed = with_tables(source, "t", wanted, order=("n", "m"))
    parsed = tomllib.loads(changed)
    assert parsed.get("t", []) == [
        {**({"n": old[one.index]} if one.index is not None else {}), "m": str(n)} for n, one in enumerate(wanted)
    ]
    assert (parsed["a"], parsed["z"]) == (1, {"n": 1})
    comments = [line for line in source.splitlines() if line.startswith("#")]
    assert [line for line in changed.splitlines() if line.startswith("#")] == comments
    assert changed.count("\r\n") == (changed.count("\n") if crlf else 0)


def test_changed_lines_are_told_with_the_number_that_they_had() -> None:
    assert changed_lines("\ufeffa\nb\n", "\ufeffa\nc\nd\n") == (ChangedLines(line=2, before=("b",), after=("c", "d")),)
    assert changed_lines("a\n", "a\n") == ()
