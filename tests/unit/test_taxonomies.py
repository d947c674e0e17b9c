"""O*NET and ESCO files become words of ours, without those that are everyday language."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.vocabulary import bring_in, listed, load, remove
from matching.lexicon import read
from matching.taxonomies import CITE, as_toml, esco, onet
from models.errors import BadRequest, NotFound
from models.settings import Settings

TOOLS = (
    "O*NET-SOC Code\tExample\tCommodity Code\tCommodity Title\tHot Technology\tIn Demand\n"
    "11-1011.00\tGizmoDesk ledger\t43231601\tAccounting software\tN\tN\n"
    "15-1252.00\tBlink\t43232408\tWeb platform development software\tN\tN\n"
    "15-1252.00\tPython\t43232405\tObject or component oriented development software\tY\tN\n"
    "15-1252.00\tmusic\t43232405\tObject or component oriented development software\tN\tN\n"
    "15-1252.00\tVery long winded description of some software that nobody writes\t4\tX\tN\tN\n"
)
TITLES = (
    "O*NET-SOC Code\tAlternate Title\tShort Title\tSource(s)\n"
    "11-1011.00\tChief Gizmo Officer (CGO)\tCGO\t02\n"
    "11-1011.00\tCanary Raiser\tn/a\t08\n"
)
OCCUPATIONS = (
    "CODE,PREFERREDLABEL,ALTLABELS,OCCUPATIONTYPE\n"
    '2654.1,gizmo director,"head of gizmos\ngizmo director\ngizmo lead",escooccupation\n'
)
SKILLS = 'conceptType,preferredLabel,altLabels\nKnowledgeSkillCompetence,gizmo polishing,"polish gizmos\nbuff gizmos"\n'


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    texts = {"tools": TOOLS, "titles": TITLES, "occupations": OCCUPATIONS, "skills": SKILLS}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name: tmp_path / name for name in texts}


def test_onet_tools_and_titles(files: dict[str, Path]) -> None:
    words = onet([files["tools"], files["titles"]])
    assert words.entries["GizmoDesk ledger"] == ("software", ())
    assert words.entries["Blink"][0] == "framework"
    assert {"Blink", "Python"} <= words.exact
    assert not {"music", "Very long winded"} & set(words.entries)
    assert words.titles == {"Chief Gizmo Officer": ("CGO",), "Canary Raiser": ()}


def test_esco_occupations_are_titles_and_skills_skills(files: dict[str, Path]) -> None:
    words = esco([files["occupations"], files["skills"]])
    assert words.titles == {"gizmo director": ("head of gizmos", "gizmo lead")}
    assert words.entries == {"gizmo polishing": ("esco", ("polish gizmos", "buff gizmos"))}


def test_what_is_written_reads_back_the_same(files: dict[str, Path], tmp_path: Path) -> None:
    words = onet([files["tools"], files["titles"]])
    (tmp_path / "onet.toml").write_text(as_toml(words, CITE["onet"]))
    again = read([tmp_path / "onet.toml"])
    assert again.entries == words.entries
    assert again.titles == words.titles
    assert again.exact == words.exact


def test_imported_words_are_used_beside_the_bundled_ones_until_removed(files: dict[str, Path], tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    before = load(settings)
    rows = bring_in(settings, [files["tools"], files["titles"]], [files["skills"]])
    assert [(row["name"], row["skills"] > 0) for row in rows] == [("esco", True), ("onet", True)]
    after = load(settings)
    assert after.digest != before.digest
    found = after.find("We polish gizmos and write python for a GizmoDesk ledger. Do not blink.")
    assert [one.normal for one in found] == ["gizmo polishing", "Python", "GizmoDesk ledger"]
    assert after.title("CGO") == "Chief Gizmo Officer"
    remove(settings, "onet")
    assert [row["name"] for row in listed(settings)] == ["bundled", "esco"]
    with pytest.raises(NotFound):
        remove(settings, "../onet")


@pytest.mark.parametrize("text", ["a;b\n1;2\n", "", "name,place\nAnn,Rome\n"])
def test_another_file_is_refused_by_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text(text)
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(BadRequest, match=r"odd\.csv"):
        bring_in(settings, [tmp_path / "odd.csv"], [])
    assert [row["name"] for row in listed(settings)] == ["bundled"]
    with pytest.raises(BadRequest, match="Nothing"):
        bring_in(settings, [], [])
