"""The page of a job's requirements: what a row can be told, and what is refused at its field."""

from __future__ import annotations

import pytest

from api import requirement_form as form
from models.errors import BadRequest
from models.values import Requirement

ASKED = (
    Requirement(id="r1", text="Python", kind="skill", must_have=True, weight=2.0, sentence="You know Python.", line=3),
    Requirement(id="r2", text="Go or Rust", kind="skill", must_have=False, weight=0.5, alternatives=("Go", "Rust")),
    Requirement(id="r7", text="5 years", kind="years", must_have=True, years=5.0),
)


def rows(*picked: int) -> list[form.Raw]:
    found = form.shown(ASKED)
    for at in picked:
        found[at]["pick"] = "yes"
    return found


def ids(found: list[form.Raw]) -> list[str]:
    return [row["id"] for row in found]


def test_what_is_shown_reads_back_as_it_was() -> None:
    fields = [(f"r.{at}.{name}", value) for at, row in enumerate(rows()) for name, value in row.items()]
    asked, wrong = form.checked(form.read([*fields, ("based_on", "1"), ("r.x.text", "no field of ours")]))
    assert wrong == {}
    assert tuple(Requirement.model_validate(one.model_dump()) for one in asked) == ASKED


@pytest.mark.parametrize(
    ("action", "order"),
    [
        ("up.r2", ["r2", "r1", "r7"]),
        ("down.r2", ["r1", "r7", "r2"]),
        ("up.r1", ["r1", "r2", "r7"]),
        ("move.r1.2", ["r2", "r7", "r1"]),
        ("move.r1.9", ["r1", "r2", "r7"]),
        ("remove.r2", ["r1", "r7"]),
        ("add", ["r1", "r2", "r7", "r13"]),
        ("show", ["r1", "r2", "r7"]),
        ("remove.r99", ["r1", "r2", "r7"]),
    ],
)
def test_rows_move_come_and_go(action: str, order: list[str]) -> None:
    found, _ = form.changed(rows(), action, {"r12"})  # r12 was one of an earlier version: its verdicts name it
    assert ids(found) == order


def test_merging_keeps_every_way_to_meet_them_and_the_strictest_of_each() -> None:
    found, said = form.changed(rows(0, 1), "merge", ())
    assert ids(found) == ["r1", "r7"]
    asked, _ = form.checked(found)
    assert asked[0].text == "Python or Go or Rust"
    assert asked[0].alternatives == ("Python", "Go", "Rust")
    assert (asked[0].must_have, asked[0].weight, asked[0].sentence) == (True, 2.0, "You know Python.")
    assert "any of them is enough" in said
    assert form.changed(rows(1), "merge", ())[0] == rows(1)


def test_splitting_goes_by_lines_then_by_alternatives_and_else_copies() -> None:
    lined = rows()
    lined[0]["text"] = "Python\nand its tests"
    assert [row["text"] for row in form.changed(lined, "split.r1", ())[0][:2]] == ["Python", "and its tests"]
    ways, _ = form.changed(rows(), "split.r2", ())
    assert [(row["id"], row["text"]) for row in ways[1:3]] == [("r2", "Go"), ("r8", "Rust")]
    copied, _ = form.changed(rows(), "split.r7", ())
    assert [row["text"] for row in copied[2:]] == ["5 years", "5 years"]


def test_what_cannot_be_kept_is_said_at_its_field() -> None:
    found = rows()
    found[0]["text"], found[1]["weight"], found[2]["years"] = "", "heavy", "200"
    asked, wrong = form.checked(found)
    assert asked == []
    assert wrong.keys() == {"r.0.text", "r.1.weight", "r.2.years"}
    with pytest.raises(BadRequest, match="at most 300"):
        form.read([(f"r.{at}.text", "Python") for at in range(301)])
