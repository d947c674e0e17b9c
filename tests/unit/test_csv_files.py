"""CSV as people and systems write it."""

from __future__ import annotations

import pytest

from integrations.csv_files import LONGEST, Unreadable, lines_of, shown


def read(content: bytes | str) -> list[tuple[int, str, str]]:
    given = content.encode() if isinstance(content, str) else content
    return [(line.number, line["name"], line.problem) for line in lines_of(given)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator: str, end: str) -> None:
    rows = [["Job ID", " NAME "], ["1", "Ada"], ["", ""], ["2", '"Byron, A; B"']]
    found = list(lines_of((end.join(separator.join(row) for row in rows) + end).encode()))
    assert [(line.number, line["job id"], line["name"]) for line in found] == [(2, "1", "Ada"), (4, "2", "Byron, A; B")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_letters(encoding: str) -> None:
    assert read("name,x\nZoë Müller,1\n".encode(encoding)) == [(2, "Zoë Müller", "")]


def test_a_cell_may_have_line_breaks_and_lines_are_counted_as_an_editor_does() -> None:
    assert read('name,x\n"Ada\nByron",1\nZoë,2\n') == [(2, "Ada\nByron", ""), (4, "Zoë", "")]


@pytest.mark.parametrize("broken", ['"Ada,1', '"Ada" x,1', "Ada,1,2,3", "Ada"])
def test_a_broken_line_is_one_and_the_others_go_on(broken: str) -> None:
    found = read(f"name,x\nOne,1\n{broken}\n" + "Two,2\n" * (LONGEST + 3))
    assert [number for number, _, problem in found if problem] == [3]
    assert [name for _, name, problem in found if not problem] == ["One"] + ["Two"] * (LONGEST + 3)


def test_quotation_marks_inside_a_cell_are_letters() -> None:
    assert read('name,x\n5" disk,1\nZoë,2\n') == [(2, '5" disk', ""), (3, "Zoë", "")]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"name,x\n", b"\x00\x00", b"name,x"])
def test_nothing_is_nothing(content: bytes) -> None:
    assert read(content) == []


def test_a_wrong_line_says_so_when_it_is_used() -> None:
    [line] = list(lines_of(b"a,b\n1\n"))
    with pytest.raises(Unreadable, match="1 cells, the header 2"):
        line.check()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@x", "'@x"),
        ("-cmd", "'-cmd"),
        ("+1-2", "'+1-2"),
        ("-12.5", "-12.5"),
        ("a\nb", "a b"),
        ("  =1", "'=1"),
    ],
)
@pytest.mark.proves(58)
def test_no_cell_is_a_formula(cell: str, expected: str) -> None:
    assert shown(cell) == expected
