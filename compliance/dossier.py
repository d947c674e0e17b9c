"""The written file on one installation: technical file, instructions for use, draft of an impact assessment, register
of processing. Pure: facts, answers and templates in, Markdown out. Called by `api.dossier`, which gathers the facts.

Two things may not happen: a section that says nothing, and a question of the employer's that nobody answered. Either is
an error that names them all, unless a draft is asked for; there they stand as OPEN."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, StrictUndefined, select_autoescape

from models.errors import BadRequest

OPEN = "**OPEN:**"
LONGEST_ANSWER = 10_000
_BARE_TABLE = re.compile(r"^(?:\| *-{3,} *)+\| *\n(?!\|)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Question:
    """What only the employer can say. `optional`: where it does not apply, nothing need be said."""

    text: str
    optional: bool = False


QUESTIONS: Mapping[str, Question] = {
    "controller": Question("Who decides on purposes and means: legal name and address of the controller?"),
    "controller_contact": Question("Who can be asked about this: name, mail or telephone?"),
    "data_protection_officer": Question("Who is the data protection officer? If none is appointed: why not?"),
    "role": Question("Are you provider, deployer or both under the AI Act, and why?"),
    "purpose": Question("For which openings is Foyer used, and what is decided with its help?"),
    "necessity": Question("Why is this necessary and proportionate, and which other ways did you weigh?"),
    "lawful_basis": Question("On which lawful basis do you process, for each purpose?"),
    "people_affected": Question("How many people a year, and which groups of them could be hurt by mistakes?"),
    "representatives_consulted": Question("When were workers' representatives told and consulted, with what result?"),
    "candidates_views": Question("Whose views did you seek among those who apply, and what did they say?"),
    "processors": Question("Who else processes or receives the data (hosting, mail, models, parent companies)?"),
    "transfers": Question("Which data go to third countries, and on which ground? If none: say so."),
    "overseers": Question("Who oversees, with which training and authority to overrule and to stop?"),
    "alternative": Question("Which other way is there for people who do not want the interview by machine?"),
    "local_validation": Question("How did you check Foyer on your own openings and people before relying on it?"),
    "residual_risk": Question("Which risks remain, who accepted them, and on which day?"),
    "incidents": Question("Who is told of an incident, and who reports it to the authority?"),
    "authority_consulted": Question(
        "Was an authority consulted before (GDPR Art. 36)? When, with what result?", optional=True
    ),
    "standards": Question("Which harmonised or other standards do you apply?", optional=True),
    "conformity": Question("Where is the EU declaration of conformity, and the registration?", optional=True),
    "fundamental_rights": Question(
        "Where is the fundamental-rights assessment (AI Act Art. 27), if you owe one?", optional=True
    ),
}

TITLES: Mapping[str, str] = {
    "technical_file": "Technical file",
    "instructions_for_use": "Instructions for use",
    "impact_assessment": "Data protection impact assessment (draft)",
    "processing_register": "Register of processing",
}
"""Names of the documents, which are those of their templates."""


class Written(str):
    """Markdown that is put in as it is; all other text is put in as text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a validation card."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A validation card: `name` of what it validates, its `version` (empty: it has none), figures and limits as they
    stand there."""

    name: str
    version: str
    data: str
    tables: tuple[Table, ...]
    limits: str


def dossier(
    facts: Mapping[str, Any], answers: Mapping[str, str], templates: Mapping[str, str], *, draft: bool
) -> dict[str, str]:
    """Document -> Markdown. Raises BadRequest that names every unanswered question and every empty section; of a draft
    nothing is missing."""
    faults: list[str] = []
    found = {}
    for name, title in TITLES.items():
        text = _rendered(templates[name], facts, answers, faults)
        empty = _empty(text)
        faults += [f"{name}: the section '{section}' is empty" for section in empty]
        for section in empty:
            text = text.replace(f"## {section}\n", f"## {section}\n\n{OPEN} nothing is known for this section.\n", 1)
        head = f"# {title}\n\n" + ("**This is a draft: what is marked OPEN is missing.**\n\n" if draft else "")
        found[name] = head + text.strip() + "\n"
    if faults and not draft:
        what = "; ".join(dict.fromkeys(faults))
        raise BadRequest(f"The dossier is not complete. {what}. Answer with --answers FILE, or write it with --draft.")
    return found


def read_answers(text: str) -> dict[str, str]:
    """A TOML of answers by the questions' names; empty ones count as not given. Raises BadRequest naming the fault."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRequest(f"The answers are no TOML: {error}.") from None
    for key, value in raw.items():
        if key not in QUESTIONS:
            raise BadRequest(f"There is no question {key!r}; there are {', '.join(QUESTIONS)}.")
        if not isinstance(value, str) or len(value) > LONGEST_ANSWER:
            raise BadRequest(f"The answer to {key!r} is no text of at most {LONGEST_ANSWER} characters.")
    return {key: value.strip() for key, value in raw.items() if value.strip()}


def blank_answers(answers: Mapping[str, str]) -> str:
    """A TOML to fill in: each question above its line; what has been answered is left out."""
    asked = [(key, each) for key, each in QUESTIONS.items() if key not in answers]
    return "\n".join(f"# {each.text}{' (optional)' if each.optional else ''}\n{key} = ''\n" for key, each in asked)


def read_card(text: str, name: str) -> Card:
    """A validation card out of its page: every table of figures behind "## Validation card", or of the whole page, and
    what stands under Limits. Raises BadRequest for a page without figures or limits."""
    _, marked, part = text.partition("\n## Validation card")
    heading, _, body = part.partition("\n") if marked else ("", "", text)
    figures, _, rest = body.partition("\n## Limits") if marked else body.partition("\nLimits:")
    limits = rest.split("\n## ")[0].strip()
    version = re.search(r"version (\d+)", heading)
    data = re.search(r"^Data: (.+?)(?=\n\n)", figures, re.MULTILINE | re.DOTALL)
    tables = tuple(_tables(figures))
    if not any(re.search(r"\d", cell) for table in tables for row in table.rows for cell in row) or not limits:
        raise BadRequest(f"The validation card of {name} has no figures or no limits.")
    return Card(name, version[1] if version else "", data[1] if data else "", tables, limits)


def _tables(text: str) -> list[Table]:
    blocks = re.findall(r"(?:^\|.*\|[ ]*(?:\n|$))+", text, re.MULTILINE)
    split = [[_cells(line) for line in block.strip().splitlines()] for block in blocks]
    return [Table(lines[0], tuple(lines[2:])) for lines in split if len(lines) > 2]


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def markdown_table(table: Table) -> Written:
    lines = [table.head, ("---",) * len(table.head), *table.rows]
    return Written("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _rendered(template: str, facts: Mapping[str, Any], answers: Mapping[str, str], faults: list[str]) -> str:
    def answer(key: str) -> str:
        question = QUESTIONS[key]
        if key in answers:
            return Written("\n".join(f"> {_plain(line)}" for line in answers[key].splitlines()))
        if question.optional:
            return Written(f"{question.text} *No answer was given.*")
        faults.append(f"{key}: {question.text}")
        return Written(f"{OPEN} {question.text} (`{key}`)")

    def missing(what: str) -> str:
        faults.append(what)
        return Written(f"{OPEN} {what}.")

    environment = Environment(
        undefined=StrictUndefined,
        autoescape=select_autoescape(default_for_string=False, default=False),
        finalize=lambda value: value if isinstance(value, Written) else _plain(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known = {"answer": answer, "missing": missing, "table": markdown_table, "written": Written}
    return environment.from_string(template).render(**facts, **known)


def _plain(text: str) -> str:
    """Nobody's title or name makes a table's cell, a heading or markup of its own."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _empty(text: str) -> list[str]:
    """Sections without a word, or with a table without a row."""
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)[1:]
    sections = zip(parts[::2], parts[1::2], strict=True)
    return [title for title, body in sections if not body.strip() or _BARE_TABLE.search(f"{body}\n")]
