"""What an application form was answered with, held against must-haves. Pure; called by `screening.screen`.

Only a plain yes or no counts, and only to a question that settles the requirement. A yes settles it where the question
asks for all of it and more, a no where it asks for no more than a part of it: "Do you drive?" answered no rules out a
licence of class C, answered yes it says nothing of it. Whatever else was asked or answered is left to the resume and to
people: wishes, others, two things at once, a question that turns no into yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching.score import MET, stems
from matching.skills import Vocabulary
from models.exchange import Answer
from models.values import Requirement, RequirementScore
from screening.conditions import kinds_in, kinds_of, regions_of
from screening.cues import AUTHORISATION, LEVELS, LOCATION, YEARS, fluency_of, levels_of, years_of
from screening.degrees import fields_of
from screening.rules import FLUENCY, subject_of

Terms = frozenset[str]

_SAYS: dict[str, bool] = {
    **dict.fromkeys(("yes", "y", "true", "correct", "yes i do", "yes i am", "yes i have", "yes i can"), True),
    **dict.fromkeys(("yes i will", "yes i would", "i do", "i am", "i have", "i can", "ja", "oui", "si", "sí"), True),
    **dict.fromkeys(("no", "n", "false", "none", "no i do not", "no i am not", "no i have not", "no i cannot"), False),
    **dict.fromkeys(("no i can not", "no i will not", "no i would not", "i do not", "i am not"), False),
    **dict.fromkeys(("i have not", "i cannot", "nein", "non"), False),
}
_SHORT = (("can't", "cannot"), ("won't", "will not"), ("n't", " not"), ("i'm", "i am"), ("i've", "i have"))
_ASKS = re.compile(
    r"^(?:do|does|did|are|is|was|were|have|has|had|can|could|will|would|may|should|please confirm|confirm)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"^(?:what|which|when|where|why|who|whom|whose|how)\b", re.IGNORECASE)
_TURNED = re.compile(
    r"n['’]t\b|\b(?:not|never|no|none|unable|without|lack\w*|object\w*|mind|problems?|issues?|prevent\w*|restrict\w*|"
    r"limit(?:s|ed|ation\w*)?|except|exclud\w*|unwilling|barred|banned|reasons?|denied|refus\w*|revok\w*|suspend\w*|"
    r"reject\w*|expir\w*|lapsed|lost|disciplin\w*|disqualif\w*|complain\w*|accus\w*|convict\w*|criminal|dismiss\w*|"
    r"terminated|penalt\w*|points)\b",
    re.IGNORECASE,
)
"""A no to such a question may be what is wanted."""
_ONLY_WISHED = re.compile(
    r"\b(?:willing|ready|prepared|happy|open|plan\w*|want|wish|like|interest\w*|hope|intend\w*) (?:to|in)\b"
    r"|\b(?:pursuing|studying|enrolled|working towards?|in progress|expect\w*|soon|apply(?:ing)? for|applied for|"
    r"learn(?:ing)?|obtain(?:ing)?|acquir\w+|heard|familiar(?:ise|ize)|agree\w*|consent\w*|accept\w*|acknowledg\w*|"
    r"enjoy\w*|love|prefer\w*)\b|^do you like\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:someone|somebody|anyone|anybody|friends?|relatives?|famil\w+|spouse|partner|employers?|compan(?:y|ies)|"
    r"colleagues?|teams?|they|he|she|manag\w*|supervis\w*|lead|recruit\w*|hir(?:e|ed|ing))\b",
    re.IGNORECASE,
)
_NEEDS = re.compile(
    r"\b(?:need|require|requiring|want|request|depend)\w*\b.{0,40}\b(?:visa|sponsor\w*|permit)\b"
    r"|\bsponsor\w* (?:be )?(?:needed|required|necessary)\b",
    re.IGNORECASE,
)
_WITHOUT = re.compile(r"\b(?:without|no|not)\b.{0,40}\b(?:visa|sponsor\w*|permit)\b", re.IGNORECASE)
_MOVES = re.compile(r"\b(?:relocat\w*|mov(?:e|ing)|commut\w*|work on[- ]?site|come to the office)\b", re.IGNORECASE)
_WORKED = re.compile(r"\b(?:experience[d]?|work(?:ed|ing)?|practice[d]?|employed)\b", re.IGNORECASE)
_HIGHER = re.compile(r"\b(?:or|and) (?:higher|above|more|better|over|greater)\b", re.IGNORECASE)
_EQUAL = re.compile(r",? or (?:an? )?(?:similar|comparable|equivalent)\b[\w\s-]*", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3}) ?%")
_GENERIC = stems(
    "do does did you your have has had hold holds held possess own are is am able can could will would may currently "
    "current now already ever also valid active full clean required requirement requirements necessary necessary "
    "professional professionally relevant hands minimum least year years yr yrs practical commercial speak speaks "
    "spoken write written read fluent fluently fluency native level proficient proficiency basic conversational "
    "business degree degrees bachelor bachelors bachelor's master masters master's doctorate phd diploma completed "
    "finished complete confirm please position role job this some any such as there i me my we familiar comfortable "
    "know knows command certificate certification certified licence license licensed permit obtained achieved passed "
    "apply applicant candidate s in a an"
)
"""Words of any form, and those that are compared in other ways."""
_KEPT = stems("licence license licensed certificate certified")
"""Telling where no name stands beside them."""
_LONGEST = 240
_SCALES = {"language": FLUENCY, "degree": LEVELS}


@dataclass(frozen=True, slots=True)
class Told:
    """What one answer settles: whether a requirement holds."""

    requirement_id: str
    holds: bool
    answer: Answer

    def over(self, verdict: RequirementScore) -> RequirementScore:
        """The verdict as the answer has it. What the resume shows keeps its quote and, where both say yes, its
        number: that something is there does not say how well."""
        said = f"“{_cut(self.answer.question)}” - “{_cut(self.answer.answer)}”"
        differs = verdict.status in (("not_met",) if self.holds else ("met", "partly"))
        reason = f"{'stated' if self.holds else 'denied'} in the application form: {said}"
        reason += f"; the resume: {verdict.reason}" if differs and verdict.reason else ""
        score = max(verdict.score, MET) if self.holds else 0.0
        changes = {"status": "met" if self.holds else "not_met", "score": score, "reason": reason}
        return verdict.model_copy(update=changes)


def told(requirements: Iterable[Requirement], answers: Sequence[Answer], vocabulary: Vocabulary) -> dict[str, Told]:
    """By requirement, for must-haves. Answers that contradict each other settle nothing."""
    plain = [(answer, says) for answer in answers if (says := plain_answer(answer.answer)) is not None]
    found: dict[str, Told] = {}
    for requirement in requirements if plain else ():
        if not requirement.must_have:
            continue
        all_told = []
        for answer, says in plain:
            holds = settles(requirement, answer.question, says=says, vocabulary=vocabulary)
            if holds is not None:
                all_told.append(Told(requirement.id, holds, answer))
        if len({one.holds for one in all_told}) == 1:
            found[requirement.id] = all_told[0]
    return found


def plain_answer(text: str) -> bool | None:
    """Yes, no, or neither plainly."""
    low = text.casefold().replace("’", "'")
    for short, full in _SHORT:
        low = low.replace(short, full)
    return _SAYS.get(" ".join(re.findall(r"[^\W_]+", low)))


def settles(requirement: Requirement, question: str, *, says: bool, vocabulary: Vocabulary) -> bool | None:
    """Whether the requirement holds, if yes (or no) to this question settles that; None where it does not."""
    asked = _asked(question)
    if asked is None or stems(" ".join(_OTHERS.findall(asked))) - stems(f"{requirement.text} {requirement.sentence}"):
        return None
    if requirement.kind == "authorisation":
        return _permitted(requirement, asked, says=says)
    if _TURNED.search(asked):
        return None
    if requirement.kind == "location":
        return _placed(requirement, asked, says=says)
    if requirement.kind == "shift":
        return _worked(requirement, asked, says=says)
    if _ONLY_WISHED.search(asked) or not _same_scale(requirement, asked, says=says):
        return None
    options = [_terms(option, vocabulary) for option in _options(requirement)]
    given = [_terms(part, vocabulary) for part in _parts(asked, requirement)]
    if requirement.kind == "degree":
        options, given = [_fields(requirement.text)], [_fields(part) for part in _parts(asked, requirement)]
    if requirement.kind != "years" and requirement.kind != "degree" and not all(options):
        return None
    if says:
        shown = [_shown(part, vocabulary) for part in given]
        return True if all(any(option <= part for option in options) for part in shown) else None
    return False if all(any(part <= option for part in given) for option in options) else None


# ---------------------------------------------------------------- the question


def _asked(question: str) -> str | None:
    """The one sentence that is to be answered with yes or no; a label, such as "Driving licence", is one too."""
    sentences = [one.strip() for one in re.findall(r"[^.?!:\n]+[?]?", question) if one.strip()]
    asking = [one for one in sentences if one.endswith("?")] or (sentences if len(sentences) == 1 else [])
    if len(asking) != 1 or _OPEN.search(asking[0]):
        return None
    found = re.sub(r"^(?:if so|and|also|then)\W+", "", asking[0], flags=re.IGNORECASE)
    return found if _ASKS.search(found) or not found.endswith("?") else None


def _parts(asked: str, requirement: Requirement) -> list[str]:
    """What is asked for as one or another; "or higher" is no other, nor is an equivalent where one would do."""
    asked = _HIGHER.sub(" ", asked)
    if _EQUAL.search(requirement.text) or _EQUAL.search(requirement.sentence):
        asked = _EQUAL.sub(" ", asked)
    return re.split(r"\s+or\s+|\s*/\s*(?=\w)", asked)


def _options(requirement: Requirement) -> tuple[str, ...]:
    if requirement.kind == "years":
        return requirement.alternatives or (subject_of(requirement),)
    return requirement.alternatives or (requirement.text,)


def _terms(text: str, vocabulary: Vocabulary) -> Terms:
    """The skills that a text names, and its other telling words."""
    text = YEARS.sub(" ", text)
    rest, names = text, set()
    for mention in vocabulary.find(text):
        names.add(mention.normal)
        rest = rest.replace(mention.text, " ")
    return frozenset({*names, *(stems(rest) - (_GENERIC if names else _GENERIC - _KEPT))})


def _shown(terms: Terms, vocabulary: Vocabulary) -> Terms:
    """With all that these are evidence for: PostgreSQL shows SQL."""
    return frozenset().union(terms, *(vocabulary.shows(one) for one in terms))


def _fields(text: str) -> Terms:
    return frozenset(word for field in fields_of(text) for word in stems(field))


# ---------------------------------------------------------------- how much of it


def _same_scale(requirement: Requirement, asked: str, *, says: bool) -> bool:
    """Yes to as much or more settles it, no to as much or less; degrees and languages by level, the rest by years."""
    if requirement.kind == "degree" and not levels_of(asked):
        return False
    if requirement.kind == "years" and not _WORKED.search(asked):
        return False
    for wanted, named in _amounts(requirement, asked):
        if says and wanted is not None and (named is None or named < wanted):
            return False
        if not says and named is not None and (wanted is None or named > wanted):
            return False
    return True


def _amounts(requirement: Requirement, asked: str) -> list[tuple[float | None, float | None]]:
    """(what the requirement wants, what the question names)"""
    years = requirement.years or (years_of(requirement.text) if requirement.kind in ("years", "skill") else None)
    found: list[tuple[float | None, float | None]] = [(years, years_of(asked))]
    scale = _SCALES.get(requirement.kind)
    if scale is not None:
        read = fluency_of if requirement.kind == "language" else _level_of
        found.append((_rank(scale, requirement.level or read(requirement.text)), _rank(scale, read(asked))))
    return found


def _level_of(text: str) -> str | None:
    return min(levels_of(text), key=LEVELS.index, default=None)


def _rank(scale: Sequence[str], level: str | None) -> float | None:
    return float(scale.index(level)) if level in scale else None


# ---------------------------------------------------------------- what only the person can settle


def _permitted(requirement: Requirement, asked: str, *, says: bool) -> bool | None:
    """May they work there? Whoever needs a sponsor may not yet."""
    wanted, named = regions_of(requirement.text), regions_of(asked)
    if not AUTHORISATION.search(asked) or (wanted and named and not wanted & named):
        return None
    needs = bool(_NEEDS.search(asked)) and not _WITHOUT.search(asked)
    if needs:
        return None if re.search(r"\bor\b(?! in the future)", asked) else not says
    turned = _TURNED.search(_WITHOUT.sub(" ", asked))
    return None if turned or re.search(r"\bor\b", asked) else says


def _placed(requirement: Requirement, asked: str, *, says: bool) -> bool | None:
    """Who lives elsewhere may move: only a no to moving, too, says no."""
    places = {word for word in re.findall(r"\b[A-ZÄÖÜ][\w-]{2,}", requirement.text) if not LOCATION.search(word)}
    named = set(re.findall(r"(?<!^)\b[A-ZÄÖÜ][\w-]{2,}", asked))
    moves = bool(_MOVES.search(asked))
    if named and not places & named:
        return None
    if not named and not moves:
        return None
    return says if says or moves else None


def _worked(requirement: Requirement, asked: str, *, says: bool) -> bool | None:
    wanted, named = kinds_of(requirement.text), set(kinds_in(asked))
    share, offered = _percent(requirement.text), _percent(asked)
    if not wanted & named:
        return None
    if says:
        return True if wanted <= named and (share is None or (offered or 0) >= share) else None
    return False if named <= wanted and (offered is None or offered <= (share or 0)) else None


def _percent(text: str) -> float | None:
    found = _PERCENT.search(text)
    return float(found[1]) if found else None


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
