"""Which parts of a story an answer lacks: situation, the person's own action, result, a number.

Words only, no judgement: a part counts as present as soon as anything in the text could be it, so that a follow-up is
asked for a gap and never for more of the same. Called by `interview.dialogue` to choose a planned probe."""

from __future__ import annotations

import re

from models.values import ProbeSeeks

LANGUAGES = frozenset({"en"})
"""In others nobody can tell what an answer lacks, and no follow-up is asked for it."""
SHORT = 8
"""Words. A shorter answer tells no story, whatever words it holds."""

_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?"
    r"|percent|per cent|half|halved|twice|doubled?|tripled?)\b",
    re.IGNORECASE,
)
_PAST = (
    r"began|bought|broke|brought|built|called|came|changed|chose|cut|did|drew|drove|fed|felt|fixed|fought|found|gave|got"
    r"|grew|held|helped|hid|kept|knew|led|let|made|meant|met|moved|put|ran|read|rebuilt|rewrote|said|sat|saw|sent|set"
    r"|showed|sold|sought|spent|split|spoke|stood|taught|threw|told|took|tried|used|went|won|wrote"
)
_ADVERBS = r"(?:(?:also|then|first|always|just|quickly|finally|simply|immediately|usually|personally|\w+ly) )*"
_ACTION = re.compile(
    rf"\bi (?:{_ADVERBS}(?:\w+ed|{_PAST})\b|had to\b|was responsible\b|was (?:\w+ing)\b|(?:would|will|should) "
    rf"{_ADVERBS}(?!be\b|not\b|say\b|think\b|like\b)\w+)|\b(?:my (?:part|job|task|role|decision) was|did it myself)\b",
    re.IGNORECASE,
)
_FEELING = re.compile(r"\bi (?:liked|wanted|needed|worked|learned|learnt|studied|used to|joined)\b", re.IGNORECASE)
"""Verbs in the past that say nothing about what was done in the story."""
_RESULT = re.compile(
    r"\b(?:results?|resulted|outcome|in the end|at the end|ended up|led to|so that|as a consequence|consequently"
    r"|finally|eventually|afterwards|after that|since then|now (?:we|they|it|the|i)|reduced|increased|improved|saved"
    r"|dropped|fell|rose|grew|recovered|solved|resolved|fixed|worked out|works? (?:now|well|better)|finished|completed"
    r"|delivered|shipped|launched|released|signed|won|closed the deal|succeeded|successful(?:ly)?|passed|failed to"
    r"|survived|faster|slower|better|fewer|less|earlier|happier|satisfied|thanked|feedback|has not happened"
    r"|never happened again|went down|went up|was ready|were ready)\b",
    re.IGNORECASE,
)
_SITUATION = re.compile(
    r"\b(?:when|while|during|once|ago|last (?:year|month|week|spring|summer|autumn|fall|winter|time)"
    r"|one (?:day|time|night|morning|evening|afternoon|of (?:my|our|the))|in (?:19|20)\d\d|at (?:my|our|the)|in my"
    r"|in our|there was|there were|we had|we were|i was working|i worked"
    r"|my (?:team|colleagues?|customers?|manager|patients?|boss|company|first|last|previous|former)"
    r"|our (?:team|customers?|company|service|clients?|system|project)|if (?:the|a|my|our|customers?|it|we|they)"
    r"|a (?:customer|client|patient|colleague))\b",
    re.IGNORECASE,
)


def missing(text: str) -> frozenset[ProbeSeeks]:
    """The parts of which `text` shows no sign."""
    if len(text.split()) < SHORT:
        return frozenset({"situation", "action", "result", "number"})
    present: dict[ProbeSeeks, bool] = {
        "situation": bool(_SITUATION.search(text)),
        "action": bool(_ACTION.search(_FEELING.sub(" ", text))),
        "result": bool(_RESULT.search(text)),
        "number": bool(_NUMBER.search(text)),
    }
    return frozenset(part for part, there in present.items() if not there)
