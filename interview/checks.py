"""What candidates say to plain checks ("Do you hold a current nursing licence?"), as met, not met or unknown. Called by
the step after the interview; `interview.kit` asks.

Words only, and no guess: what is not a plain yes or no is unknown, which is never "no". "I am waiting for it", "I
think so", "yes, but", a question back and silence are for a person to clear up. Reads English; an answer in another
language is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from models.languages import code_of
from models.values import InterviewPlan, MustHave, Question, Scorecard, Turn

LANGUAGES = frozenset({"en"})
Answer = Literal["met", "not_met", "doubt"]
_UNCLEAR = "Neither a plain yes nor a plain no."


def must_haves(plan: InterviewPlan, turns: Sequence[Turn]) -> tuple[MustHave, ...]:
    """One for each requirement of each check of the plan, in the plan's order."""
    found = []
    for question in plan.questions:
        if question.kind == "check":
            one = _judged(question, turns, known=code_of(plan.language) in LANGUAGES)
            ids = question.requirement_ids or (None,)
            found += [one.model_copy(update={"requirement_id": requirement_id}) for requirement_id in ids]
    return tuple(found)


def capped(scorecard: Scorecard) -> Scorecard:
    """Whoever plainly says no to a must-have is not proposed above 'mixed', whatever the ratings; the scores stay. What
    is unknown caps nothing."""
    denied = [one for one in scorecard.must_haves if one.status == "not_met" and one.requirement_id is not None]
    if not denied or scorecard.recommendation not in ("yes", "strong_yes"):
        return scorecard
    said = "; ".join(f"“{quote}”" for quote in dict.fromkeys(one.quote for one in denied))
    reason = f"{scorecard.reason} Proposed as 'mixed' all the same: to a must-have the answer was {said}."
    return scorecard.model_copy(update={"recommendation": "mixed", "reason": reason})


def _judged(question: Question, turns: Sequence[Turn], *, known: bool) -> MustHave:
    """By the last answer that says anything. An earlier one that says the opposite makes it unknown: nobody is held to
    either."""
    said = [
        (index, turn)
        for index, turn in enumerate(turns)
        if turn.role == "candidate" and turn.question_id == question.id and turn.text.strip()
    ]
    if not said:
        asked = any(turn.role == "interviewer" and turn.question_id == question.id for turn in turns)
        reason = "Asked, and not answered." if asked else "Not asked: the interview ended before."
        return MustHave(question_id=question.id, status="unknown", reason=reason)
    read = [(*read_answer(turn.text, question.text), index) for index, turn in said] if known else []
    telling = [(answer, quote, index) for answer, quote, index in read if answer is not None]
    if not telling:
        index, turn = said[-1]
        return _item(question, None, _UNCLEAR if known else "Read it: not in English.", turn.text.strip(), index, turn)
    answer, quote, index = telling[-1]
    if {"met", "not_met"} <= {each for each, *_ in telling}:
        return _item(question, None, "Answered yes and no at different times.", quote, index, turns[index])
    reason = {"met": "Answered yes.", "not_met": "Answered no.", "doubt": _UNCLEAR}[answer]
    return _item(question, answer, reason, quote, index, turns[index])


def _item(question: Question, answer: Answer | None, reason: str, quote: str, index: int, turn: Turn) -> MustHave:
    return MustHave(
        question_id=question.id,
        status="unknown" if answer in (None, "doubt") else answer,
        reason=reason,
        quote=quote,
        turn=index,
        start=turn.start,
        end=turn.end,
    )


# ---------------------------------------------------------------- one utterance


def read_answer(text: str, question: str) -> tuple[Answer | None, str]:
    """What an utterance says to a check, and the sentence that says it, verbatim (all of it where it takes more than
    one). None: nothing, such as a question back. "doubt": something, but neither a plain yes nor a plain no."""
    signs = [(sign, sentence.strip()) for sentence in _SENTENCE.findall(text) for sign in _signs(sentence, question)]
    seen = {sign for sign, _ in signs}
    if not seen:
        return None, ""
    if "no" in seen and not seen & {"yes", "soft"}:  # also "No, not yet, I have applied for it": it is not there
        return "not_met", next(sentence for sign, sentence in signs if sign == "no")
    if seen == {"yes"}:
        return "met", signs[0][1]
    return "doubt", text.strip()


Sign = Literal["yes", "no", "soft", "later"]


def _signs(sentence: str, question: str) -> Iterator[Sign]:
    plain = _plain(sentence)
    if sentence.rstrip().endswith("?") or _ASKS.match(plain):
        return
    if _EASY.search(plain) and _ABLE.search(question):
        yield "yes"
    plain = _EASY.sub(" ", plain).strip(" ,")
    holds = _holds(plain, _plain(question))
    if _YES.search(plain) or holds == "yes":
        yield "yes"
    if _NO.search(plain) or holds == "no":
        yield "no"
    later = bool(_LATER.search(plain))
    if later:
        yield "later"
    if _SOFT.search(plain) or (_BUT.search(plain) and not later):
        yield "soft"


def _plain(text: str) -> str:
    text = text.lower().replace("\u2019", "'")
    for short, full in _FULL:
        text = short.sub(full, text)
    return _OPENING.sub("", " ".join(re.findall(r"[\w']+|,", text)).replace(" ,", ","))


_FULL = tuple(
    (re.compile(short), full)
    for short, full in (
        (r"\bcan(?:no|')t\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"n't\b", " not"),
        (r"'m\b", " am"),
        (r"'ve\b", " have"),
        (r"'d\b", " would"),
        (r"'ll\b", " will"),
        (r"\b(it|that|this)'s\b", r"\1 is"),
    )
)
_SENTENCE = re.compile(r"[^.!?;]+[.!?;]*")
_OPENING = re.compile(r"^(?:(?:well|so|oh|um+|uh+|er+|hm+|ah|okay|ok|sorry|actually|i mean|let me see)\b[, ]*)+")
_LOOSELY = r"(?:really|currently|unfortunately|sadly|certainly|definitely|still|already|also|just)"
_THAT = r"(?:do|work|manage|start|travel|live)(?: like| with)? (?:that|it|this|there)"
_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|certainly|of course|absolutely|definitely|correct|indeed)\b|\byes$"
    rf"|^i (?:{_LOOSELY} )*(?:do|can|could|would|will|have|am)(?=$|,)"
    rf"|^i (?:{_LOOSELY} )*(?:can|could|would|will) (?:{_LOOSELY} )*{_THAT}"
    rf"|\bi (?:am|will be) (?:{_LOOSELY} )*(?:allowed|authori[sz]ed|eligible|entitled|permitted|able)\b"
)
_NO = re.compile(
    r"^(?:no(?! (?:one|doubt|matter|wonder|questions?|comment))|nope|nah|never(?! mind)"
    r"|not (?:yet|now|currently|anymore|any more|at (?:the moment|present)))\b|, no(?:$|,)"
    r"|^(?:unfortunately|sadly|i am afraid|i fear),? (?:not|no)\b"
    rf"|\bi (?:{_LOOSELY} )*(?:do|can|could|would|will|have|am) not(?: {_LOOSELY})*(?=$|,| yet| {_THAT})"
    rf"|\bi (?:am|will) not (?:be )?(?:{_LOOSELY} )*(?:allowed|authori[sz]ed|eligible|entitled|permitted|able)\b"
)
_EASY = re.compile(
    r"\b(?:(?:no|not a|not any|without any) (?:problem|trouble|issue|objection)s?(?: at all)?|no worries"
    r"|(?:do|would) not mind(?: (?:it|that))?|(?:it|that) (?:is|would be) (?:fine|okay|ok|possible)"
    r"(?: (?:for|with|by) me)?|(?:it|that) works(?: for me)?)\b"
)
"""A yes to whether something is possible; to "do you hold it?" it says nothing."""
_ABLE = re.compile(r"\b(?:could you|would (?:you|these|this|that)|possible|can you)\b", re.IGNORECASE)
_LATER = re.compile(
    r"\b(?:waiting|pending|awaiting|appl(?:ied|ying)|in (?:progress|process)|process of|expired|lapsed|ran out|renew\w*"
    r"|soon|will (?:get|have|receive|take|need)|going to|getting|working on|studying|preparing|training for"
    r"|next (?:week|month|year|spring|summer|autumn|winter)|in (?:a few|a couple of|some|\w+) (?:days|weeks|months)"
    r"|(?:from|by) (?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r"|as soon as|once i)\b"
)
_SOFT = re.compile(
    r"\b(?:(?:not|un) ?(?:\w+ )?sure|unsure|no (?:idea|clue)|not (?:really )?(?:know|remember|understand|recall)"
    r"|think|guess|suppose|believe|assume|hope\w*|maybe|perhaps|probably|possibly|might|may be|almost|nearly|partly"
    r"|partially|depend\w*|if|unless|should|used to|rather not|prefer not|sort of|kind of|more or less|not exactly"
    r"|equivalent|similar|something like|except|only|yes and no|yes or no)\b"
)
_BUT = re.compile(r"\b(?:but|although|though|however)\b")
_ASKS = re.compile(
    r"^(?:what|which|when|where|why|who|how|do you|does|is (?:it|that|this)|are|could you|can you|you mean)\b"
)
_HOLDS = re.compile(
    rf"\bi (?:{_LOOSELY} )*(?:(?P<not>(?:do|have) not|never)|do)?(?: ?{_LOOSELY})* ?(?:have|hold|own|possess|got)?"
    r"(?: ?(?:had|held|got))?(?P<none> no)? (?P<thing>[^,]+)"
)
_HOLD = re.compile(r"\b(?:have|hold|held|own|possess|got)\b")
_REST = re.compile(
    r"\b(?:yet|since|for|at (?:the moment|present)|right now|now|today|currently|and|until|from|in (?:19|20)\d\d)\b.*"
)
_ARTICLE = re.compile(r"^(?:a|an|the|my|any|such a|no) ")
_PRONOUNS = frozenset({"one", "it", "that", "this", "any", "them", "those", "both", "mine"})


def _holds(plain: str, question: str) -> Literal["yes", "no"] | None:
    """ "I have it", "I do not have a nursing licence": only of the very thing that was asked for. "I have class A" says
    nothing about class B."""
    found = _HOLDS.search(plain)
    if found is None or not _HOLD.search(found[0]):
        return None
    thing = _ARTICLE.sub("", _REST.sub("", found["thing"]).strip()).split()
    asked = {_stem(word) for word in question.replace(",", "").split()}
    same = bool(thing) and all(len(word) > 2 and _stem(word) in asked for word in thing)
    if not same and not (len(thing) == 1 and thing[0] in _PRONOUNS):
        return None
    return "no" if found["not"] or found["none"] else "yes"


def _stem(word: str) -> str:
    return word[:5]
