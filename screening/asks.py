"""From one sentence of a posting to the atomic, typed things it asks. Called by `screening.posting` alone.

A sentence is cut where it asks for different kinds of thing, lists are split ("Docker and Terraform" asks two things,
"Django, Flask or FastAPI" one of three), and each piece is typed by the words in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matching.skills import Mention, Vocabulary
from models.values import RequirementKind
from screening.cues import (
    ANY,
    AUTHORISATION,
    CERTIFICATE,
    DEGREE,
    EXAMPLES,
    EXPERIENCE,
    INCLUDING,
    ITEMS,
    LEAD,
    LOCATION,
    NICE,
    NO_DEGREE,
    SHIFT,
    SPEECH,
    TAIL,
    WILLING,
    YEARS,
    fluency_of,
    levels_of,
    years_of,
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A requirement before it has an id and a place; fields as in `Requirement`."""

    text: str
    kind: RequirementKind
    alternatives: tuple[str, ...] = ()
    years: float | None = None
    level: str | None = None
    nice: bool = False


RUN_ON = 45
"""Words; more than this in one sentence is no sentence."""


def asks(sentence: str, vocabulary: Vocabulary, *, duty: bool = False) -> list[Ask]:
    """What `sentence` asks, in its order. `duty`: it stands among the tasks, so that what is not typed by its words is
    a responsibility and stays whole."""
    if len(sentence.split()) > RUN_ON:
        return _named(sentence, vocabulary)
    nice = bool(NICE.search(re.sub(r",\s+ideally\b.*", "", sentence)))
    found: list[Ask] = []
    for part in _parts(sentence, vocabulary):
        clause = _clean(part)
        if clause:
            found += _typed(clause, vocabulary) or _untyped(clause, vocabulary, duty=duty)
    return [replace(ask, nice=True) for ask in found] if nice else found


def _named(text: str, vocabulary: Vocabulary) -> list[Ask]:
    """A text that has lost its sentences (scraped, or one endless line) still names skills, years and a degree."""
    found = [Ask(mention.text, _KINDS.get(mention.kind, "skill")) for mention in _distinct(vocabulary.find(text))]
    if match := YEARS.search(text):
        found.append(Ask(f"{match[0].strip()} of experience", "years", years=years_of(match[0])))
    if levels := levels_of(text):
        found.append(Ask(f"{levels[0].capitalize()} degree", "degree", level=levels[0]))
    return found


_KINDS: dict[str, RequirementKind] = {"certificate": "certificate", "language": "language"}


def _cue(part: str, vocabulary: Vocabulary) -> str | None:
    """The kind that the words of a piece give away, before any cutting."""
    if YEARS.search(part):
        return "years"
    if DEGREE.search(part) and not NO_DEGREE.search(part):
        return "degree"
    mentions = vocabulary.find(part)
    if CERTIFICATE.search(part) or any(mention.kind == "certificate" for mention in mentions):
        return "certificate"
    if any(mention.kind == "language" for mention in mentions):
        return "language"
    return None


def _parts(sentence: str, vocabulary: Vocabulary) -> list[str]:
    """The sentence, cut where it goes over from one typed kind to another ("a BSc and 5 years of Java")."""
    pieces = re.split(r"(\s*;\s*|,\s*(?:and\s+)?|\s+(?:and|with|plus)\s+)", sentence)
    groups: list[tuple[str | None, str]] = []
    for at in range(0, len(pieces), 2):
        cue = _cue(pieces[at], vocabulary)
        if groups and (cue is None or groups[-1][0] in (None, cue)):
            joined = groups[-1][1] + pieces[at - 1] + pieces[at]
            groups[-1] = (groups[-1][0] or cue, joined)
        else:
            groups.append((cue, pieces[at]))
    return [text for _, text in groups]


def _clean(text: str) -> str:
    """One line without markup, bullets, closing stops and the reasons that trail behind."""
    text = re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", text)
    text = " ".join(text.split()).strip(" \t-–—•·*:;,.!")
    previous = None
    while previous != text:
        previous, text = text, TAIL.sub("", text).strip(" ,;:.-–")
    return text


def _typed(clause: str, vocabulary: Vocabulary) -> list[Ask]:
    years = years_of(clause)
    if years and EXPERIENCE.search(clause):
        return [_years(clause, years, vocabulary)]
    if AUTHORISATION.search(clause):
        return [Ask(clause, "authorisation")]
    if DEGREE.search(clause) and not NO_DEGREE.search(clause):
        options = _either(clause)
        return [Ask(clause, "degree", options, level=next(iter(levels_of(clause)), None))]
    if LOCATION.search(clause):
        return [Ask(clause, "location")]
    mentions = vocabulary.find(clause)
    certificates = _distinct(mention for mention in mentions if mention.kind == "certificate")
    if CERTIFICATE.search(clause) or certificates:
        return _certificates(clause, certificates)
    languages = _distinct(mention for mention in mentions if mention.kind == "language")
    if languages and (SPEECH.search(clause) or _only(clause, languages)):
        return _languages(clause, languages)
    if SHIFT.search(clause) and WILLING.search(clause):
        return [Ask(clause, "shift")]
    return []


def _years(clause: str, years: float, vocabulary: Vocabulary) -> Ask:
    """ "4+ years of experience in Python or Go": the skills are alternatives where the words say so."""
    mentions = _distinct(mention for mention in vocabulary.find(clause) if mention.kind != "certificate")
    options = tuple(mention.text for mention in mentions) if len(mentions) > 1 and ANY.search(clause) else ()
    return Ask(clause, "years", options, years=years)


def _either(clause: str) -> tuple[str, ...]:
    """The whole alternatives of a clause that offers them: "a BSc in nursing, or an associate degree"."""
    options: list[str] = []
    for piece in re.split(r",?\s+or\s+(?=\w)", clause):
        if options and not (DEGREE.search(piece) or re.search(r"equivalent|experience", piece, re.IGNORECASE)):
            options[-1] += f" or {piece}"
        else:
            options.append(piece)
    return tuple(options) if len(options) > 1 else ()


def _certificates(clause: str, mentions: Sequence[Mention]) -> list[Ask]:
    if len(mentions) < 2:
        return [Ask(clause, "certificate")]
    names = tuple(mention.normal for mention in mentions)
    if ANY.search(clause):
        return [Ask(clause, "certificate", names)]
    return [Ask(f"{name} certification" if name.isupper() else name, "certificate") for name in names]


def _languages(clause: str, mentions: Sequence[Mention]) -> list[Ask]:
    """Each language with the fluency named before it, or anywhere in the clause."""
    names = tuple(mention.normal for mention in mentions)
    if len(names) > 1 and ANY.search(clause):
        return [Ask(clause, "language", names, level=fluency_of(clause))]
    found, at = [], 0
    for mention in mentions:
        level = fluency_of(clause[at : mention.start]) or (fluency_of(clause) if len(mentions) == 1 else None)
        at = mention.end
        found.append(
            Ask(f"{level.capitalize()} {mention.normal}" if level else mention.normal, "language", level=level)
        )
    return found


def _untyped(clause: str, vocabulary: Vocabulary, *, duty: bool) -> list[Ask]:
    if duty:
        return [Ask(clause, "responsibility")]
    found: list[Ask] = []
    for piece in INCLUDING.split(clause):
        head, *examples = EXAMPLES.split(LEAD.sub("", piece), maxsplit=1)
        if not examples:
            found += _listed(head.strip(" ,"), vocabulary)
            continue
        *before, general = _items_of(head, vocabulary)
        found += [Ask(item, "skill") for item in before]
        found.append(_with_examples(general, examples[0].strip(" ,)"), vocabulary))
    return found


def _items_of(head: str, vocabulary: Vocabulary) -> list[str]:
    """What stands before "such as": the last of a list is the one that the examples belong to."""
    items = _split(head)
    if len(items) > 1 and _is_list(items, vocabulary) and not ANY.search(head):
        return [LEAD.sub("", item) for item in items]
    return [head.strip(" ,(")]


def _with_examples(general: str, example: str, vocabulary: Vocabulary) -> Ask:
    """ "a CRM system such as Salesforce or HubSpot": the general term and its examples are alternatives."""
    known = [mention.text for mention in _distinct(vocabulary.find(general))]
    items = [item for item in (_balanced(LEAD.sub("", item)) for item in _split(example)) if item]
    return Ask(f"{general} such as {example}".strip(), "skill", tuple(dict.fromkeys((*known, *items))))


def _listed(core: str, vocabulary: Vocabulary) -> list[Ask]:
    """A list becomes one ask an item, or one ask with alternatives; anything else stays whole."""
    items = [item for item in (_balanced(LEAD.sub("", item)) for item in _split(core)) if item]
    mentions = _distinct(vocabulary.find(core))
    if len(items) > 1 and _is_list(items, vocabulary):
        if ANY.search(core):
            return [Ask(core, "skill", tuple(items))]
        return [Ask(item, "skill") for item in items]
    if len(mentions) > 1 and ANY.search(core) and len(core.split()) <= 14:
        return [Ask(core, "skill", tuple(mention.text for mention in mentions))]
    return [Ask(core, "skill")] if len(core) > 1 or vocabulary.normal(core) else []


def _split(text: str) -> list[str]:
    return [item.strip() for item in ITEMS.split(text) if item and item.strip()]


def _is_list(items: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Short things side by side, most of them names or at least one known: not a sentence that happens to have an
    "and" ("meeting or beating annual targets")."""
    if any(len(item.split()) > 5 for item in items):
        return False
    known = sum(bool(vocabulary.find(item)) for item in items)
    named = sum(item[0].isupper() or any(c.isdigit() for c in item) for item in items)
    if any(_is_verb(item, vocabulary) for item in items):
        return False
    return (known >= 1 and known * 2 >= len(items) - 2) or named == len(items)


def _is_verb(item: str, vocabulary: Vocabulary) -> bool:
    """Does an item begin or end like an action ("beating annual targets", "record of meeting")?"""
    words = item.split()
    if len(words) == 1 or vocabulary.normal(item):
        return False
    begins = words[0].endswith("ing") and not any(mention.start == 0 for mention in vocabulary.find(item))
    return begins or (words[-1].endswith("ing") and not vocabulary.find(item))


def _balanced(item: str) -> str:
    item = item.strip(" .:,")
    return item if item.count("(") == item.count(")") else item.replace("(", "").replace(")", "").strip()


def _only(clause: str, mentions: Sequence[Mention]) -> bool:
    rest = clause
    for mention in mentions:
        rest = rest.replace(mention.text, "")
    return not re.sub(
        r"\b(?:and|or|a|plus|skills?|knowledge|of|good|is|an|advantage|other|another)\b|\W", "", rest, flags=re.I
    )


def _distinct(mentions: Iterable[Mention]) -> list[Mention]:
    """The first mention of each normal form."""
    first: dict[str, Mention] = {}
    for mention in mentions:
        first.setdefault(mention.normal, mention)
    return list(first.values())
