"""What a candidate may be told about the job: what the recruiter wrote for it (FAQ) and sentences of the posting, word
for word. Called by `interview.moves`; whatever they do not answer is passed on to a person.

A question is matched by its topic (pay, hours, place, team ...), which a sentence of the posting must speak of too, or
by the words of a FAQ question. Nothing is composed: a wrong match reads out a true sentence, never a false one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from models.values import Fact

MOST = 2
"""Facts told in one reply."""
_TOPICS: tuple[tuple[str, str], ...] = (  # how people ask, how postings tell
    (
        r"salary|pay|paid|compensation|earn|money|wages?",
        r"[£$€]\s?\d|\d\s?(?:eur|usd|gbp|euros?)\b|salary|per (?:hour|year|annum)",
    ),
    (
        r"remote(?:ly)?|(?:from|at) home|home ?office|hybrid|come in|in the office|on site",
        r"remote|home ?office|from home|hybrid|in the office|on[- ]site",
    ),
    (
        r"hours|shifts?|weekends?|overtime|part[- ]time|full[- ]time|working times?|schedule",
        r"hours|shifts?|weekends?|overtime|part[- ]time|full[- ]time|rota",
    ),
    (r"on[- ]call|at night|get up", r"on[- ]call|nights?\b|standby"),
    (
        r"(?:large|big|many|size|who is in).{0,20}\bteam|team.{0,20}(?:large|big|size)|colleagues|work with",
        r"\bteam:|team of|members|people in (?:the|our) team|you will join",
    ),
    (r"company|employer|how many people|employees|business", r"\bpeople\b|employees|founded|company"),
    (
        r"where|location|place of work|city|address|relocat\w+",
        r"office|within reach|located|based in|relocat\w+|site in",
    ),
    (r"holidays?|vacation|time off|days off|leave", r"holidays?|vacation|days? of leave|time off"),
    (r"benefits?|offer|pension|insurance|perks?", r"pension|insurance|health cover|scheme|bonus|benefits?"),
    (
        r"train(?:ing)?|learn|courses?|conferences?|develop myself|grow",
        r"courses|conferences|training|learn|mentoring",
    ),
    (
        r"hear (?:from|back)|next steps?|process|decide about me|the result",
        r"hear from us|we (?:will )?(?:reply|answer|decide)|next step|interviews? (?:with|take)|"
        r"within \w+ (?:days|weeks)",
    ),
    (
        r"(?:could|can|do|would|should) i start|start date|begin",
        r"start (?:date|on|in|as soon)|as soon as possible|from \w+ 20\d\d",
    ),
    (r"visas?|sponsor\w*|work permit|right to work", r"visa|sponsor|permit|right to work"),
    (r"contract|permanent|temporary|fixed term|probation", r"permanent|temporary|fixed[- ]term|contract"),
    (r"technolog\w+|stack|tools|languages? do you use|programming", r"mostly|runs on|written in|stack"),
    (r"travel", r"travel"),
)
_COMPILED = tuple(
    (re.compile(rf"\b(?:{asked})\b", re.IGNORECASE), re.compile(rf"(?<!\w)(?:{told})", re.IGNORECASE))
    for asked, told in _TOPICS
)
_COMMON = frozenset(
    """a about am an and any are as at be by can could did do does for from had has have how i if in is it know like me
    more my of on one or other our please so something tell that the there they think this to us want was we what when
    where which who why will with would you your also things question questions""".split()  # noqa: SIM905
)
_BREAK = re.compile(r"(?<=[.!?;])\s+(?=[A-Z£$€\d])|\s+[·|•]\s+")
_MARKS = re.compile(r"^\s*(?:[-*•#>]+|\d+[.)])\s*")
_SHORTEST, _LONGEST = 3, 45


def posting_facts(text: str) -> tuple[Fact, ...]:
    """The sentences of a posting that are short enough to be read out."""
    found = dict.fromkeys(sentence for block in _blocks(text) for sentence in _BREAK.split(block))
    return tuple(Fact(text=one) for one in found if _SHORTEST <= len(one.split()) <= _LONGEST)


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs and list items on one line each, without marks; headings left out."""
    block: list[str] = []
    for raw in [*text.splitlines(), ""]:
        line = raw.strip()
        starts = not line or bool(_MARKS.match(raw))
        if starts and block:
            yield " ".join(block).replace("**", "")
            block = []
        if line and not line.startswith("#"):
            block.append(_MARKS.sub("", line))


def told(question: str, facts: Sequence[Fact]) -> list[Fact]:
    """What there is to say to a question, the recruiter's own words first; at most MOST, often nothing."""
    own = [fact for fact in facts if fact.question and _same(question, fact.question)]
    found: dict[Fact, None] = dict.fromkeys(own)
    for asks, tells in _COMPILED:
        if asks.search(question):
            rated = [(len(tells.findall(fact.text)), _shared(question, fact.text), fact) for fact in facts]
            best = max(rated, key=lambda one: (one[0] > 0, one[1], one[0]), default=None)
            if best is not None and best[0]:
                found.setdefault(best[2])
    return list(found)[:MOST]


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z]{2,}", text.lower())} - _COMMON


def _same(asked: str, known: str) -> bool:
    """At least half of a known question's own words are asked for."""
    wanted = _words(known)
    return bool(wanted) and 2 * len(wanted & _words(asked)) >= len(wanted)


def _shared(question: str, text: str) -> int:
    return len(_words(question) & _words(text))
