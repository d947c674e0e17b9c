"""The labelled job ads of SkillSpan and Green et al., as the benches `skills` and `tagger_training` read them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from matching.tagger import HEADS, Head, spans_of
from tests.bench.figures import DATA

FOLDER = DATA / "skills"
TAGS = {"O": 0, "B": 1, "I": 2}


@dataclass(frozen=True, slots=True)
class Sentence:
    """`group`: the ad it comes from where the data say (SkillSpan), else the sentence itself. `tags`: head -> a tag a
    word, 0 outside, 1 begin, 2 inside."""

    group: str
    words: list[str]
    tags: dict[Head, list[int]]

    def spans(self, head: Head) -> set[tuple[int, int]]:
        return set(spans_of(self.tags[head]))


def sentences(name: str) -> list[Sentence]:
    """`name`: skillspan_train, skillspan_dev, green_train, green_dev. SkillSpan's two layers are the heads "skill" and
    "knowledge". Green's five labels (skill, qualification, experience, domain, occupation) are passed on as one, which
    is the head "green"; what is knowledge in it cannot be told apart."""
    columns: dict[Head, str] = {"knowledge": "tags_knowledge", "skill": "tags_skill"}
    if name.startswith("green"):
        columns = {"green": "tags_skill"}
    found = []
    with (FOLDER / f"{name}.json").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            tags = {head: [TAGS[tag] for tag in row[column]] for head, column in columns.items()}
            found.append(Sentence(str(row["idx"]), row["tokens"], tags))
    assert all(head in HEADS for sentence in found for head in sentence.tags)
    return found
