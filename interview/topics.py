"""A requirement's words turned into something that can stand inside a question.

Postings say "Strong Python, including ..." or "Design and run services"; a question needs "Python" as its topic, or
"design and run services" after "you had to". Called by `interview.plan` only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.values import Requirement

LONGEST = 16
"""Words of a topic inside a spoken question; a listener cannot hold more."""
NAME = 7
"""Words of a competency's name."""

_QUALITY = (
    r"(?:very |really )?(?:strong|solid|proven|good|excellent|deep|working|basic|sound|hands[- ]on|practical"
    r"|extensive|demonstrated|professional|advanced|thorough|confident|outstanding|some|prior|previous|relevant|broad"
    r"|in-depth|proficient|fluent|skilled|experienced|familiar|comfortable|well versed)"
)
_HOLDING = (
    r"(?:knowledge|experience|understanding|command|background|track record|record|familiarity|expertise|proficiency"
    r"|grasp|competence|exposure|skills?)"
)
_YEARS = re.compile(
    r"^(?:at least |a minimum of |minimum(?: of)? |over |more than )?"
    r"(?:\d+|one|two|three|four|five|six|seven|eight|ten)(?: ?(?:-|–|to) ?\d+)?\+?"
    r"(?: or more)? years?['’]?(?: of)?(?:(?: [\w-]+)? experience)?\s*(?:of |in |with )?\s*",
    re.IGNORECASE,
)
_ABLE = re.compile(r"^(?:the |an )?(?:ability|able|willing(?:ness)?|ready|readiness|capable|capacity) (?:to|of) ", re.I)
_OPENINGS = (
    re.compile(r"^(?:you (?:have|bring|are|will|can|know)|must (?:have|be)|we expect) ", re.IGNORECASE),
    re.compile(rf"^(?:a|an|the) (?=(?:{_QUALITY} )*{_HOLDING} )", re.IGNORECASE),
    re.compile(rf"^{_QUALITY}(?:,? (?:and )?{_QUALITY})*,? (?:of |in |with |using |on |at )?", re.IGNORECASE),
    re.compile(rf"^{_HOLDING} (?:(?:of|in|with|using|on) |(?=\w+ing\b))", re.IGNORECASE),
    re.compile(rf"^{_HOLDING} (?=as )", re.IGNORECASE),
)
_TAIL = re.compile(
    r"(?: (?:is|are|would be))?(?: (?:strongly |highly ))?"
    r"(?: (?:a plus|a must|an advantage|required|preferred|desirable|essential|necessary|welcome|an asset))\s*$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"[.?!]\s|[?!]$|^(?:this|that|there|these|those|we|how|what|who|why|when|no|none|it|they|if|other)\b"
    r"|\b(?:you will|we are|we offer|will be)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_CLAUSE = re.compile(
    r"\s*(?:;|:| – | — |,? (?:including|such as|for example|e\.g\.|because|so that|ideally|preferably)\b)"
)
_VERB_LIST = """
    achieve act adapt administer advise analyse analyze answer apply arrange assess assist attend audit automate build
    calculate calibrate care carry check clean close coach collaborate collect communicate complete conduct configure
    coordinate create debug define deliver demonstrate deploy design detect develop diagnose direct discuss document
    draft drive edit educate enforce engage ensure escalate establish evaluate examine execute explain facilitate find
    follow forecast gather generate guide handle help hire identify implement improve influence inspect install
    integrate interpret interview introduce investigate keep launch lead learn liaise listen look maintain make manage
    market measure meet mentor migrate model moderate monitor motivate negotiate observe operate optimise optimize
    order organise organize oversee own participate pass perform plan precept prepare prescribe present prevent
    prioritise prioritize process produce program promote propose prospect protect provide publish purchase recommend
    reconcile record recruit reduce repair report represent research resolve respond review run schedule secure sell
    serve set ship solve specify supervise supply support take teach test titrate track train translate treat
    troubleshoot turn understand update upgrade use validate verify visit watch welcome win work write
"""
_VERBS = frozenset(_VERB_LIST.split())
_DANGLING_LIST = "a according all an and at by for from in of on or that the their to which who with your"
_DANGLING = frozenset(_DANGLING_LIST.split())
_COMMON = re.compile(
    r"(?:\w*(?:tion|sion|ment|ing|ship|ity|ness|ance|ence|work|ware)s?|written|verbal|oral|customers?|team|data|sales"
    r"|design|project|patient|patients|problem|software|time|record|budget|care|public|technical|critical|clinical|web)"
)
_THING = re.compile(r"\w+(?:s|er|or|al|ive|ic|ed) .*|(?:the|a|an) .*|\w+ of .*|\w+", re.IGNORECASE)
"""Plurals, agents, adjectives, "mastery of ...", a single word."""


@dataclass(frozen=True, slots=True)
class Topic:
    """`text` fits after "you had to" where `verb`; else it is a heading such as "Python" or "CRM system"."""

    text: str
    verb: bool

    @property
    def name(self) -> str:
        """A few words for a heading."""
        head = self.text.split(", ")[0]
        words = re.sub(r"^(?:a|an|the) ", "", head if " " in head else self.text).split()
        if len(words) > NAME:
            words = words[:NAME]
            loose = next((n for n in range(NAME - 3, NAME) if words[n].lower() in _DANGLING), NAME)
            words = words[:loose]
        text = " ".join(words).rstrip(",")
        return text[:1].upper() + text[1:]


def topic(requirement: Requirement) -> Topic:
    """What a question about this requirement would be about; empty text where it is no topic but a whole sentence."""
    text = _ASIDE.sub("", requirement.text).strip().rstrip(".;,")
    if _SENTENCE.search(text):
        return Topic("", verb=False)
    text, verb = _strip(text)
    text = _shorten(_TAIL.sub("", text))
    if text.startswith("as "):
        text = "work " + text
    text = re.sub(r"\bour\b", "your", re.sub(r"\bus\b", "your company", text))
    text = re.sub(r"\b(and|or) (?:of|in|with) ", r"\1 ", text)
    first = text.split(" ", 1)[0].rstrip(",")
    verb = verb or text.startswith("work as ") or (requirement.kind == "responsibility" and _is_task(text, first))
    if verb or (_COMMON.fullmatch(first.lower()) and first[1:].islower()):
        text = text[:1].lower() + text[1:]
    return Topic(text, verb)


def _is_task(text: str, first: str) -> bool:
    """Responsibilities are tasks ("Bake bread") unless their first word is known, or looks, to be a thing."""
    if first.lower() in _VERBS:
        return not text.startswith(f"{first} of ")
    return not (_COMMON.fullmatch(first.lower()) or _THING.fullmatch(text) or not first.isalpha() or first.isupper())


def _strip(text: str) -> tuple[str, bool]:
    """Without what is said about the wish rather than the thing. True: what remains is a verb ("able to lead")."""
    text = _YEARS.sub("", text)
    for _ in range(4):
        able = _ABLE.match(text)
        if able:
            return text[able.end() :], True
        before = text
        for opening in _OPENINGS:
            shorter = opening.sub("", text, count=1)
            text = shorter if shorter.strip() else text
        if text == before:
            break
    return text, False


def _shorten(text: str) -> str:
    """The main clause, of at most LONGEST words; nothing where a cut would have to go through the middle of it."""
    text = _CLAUSE.split(text, maxsplit=1)[0]
    for border in (", ", " and "):
        while len(text.split()) > LONGEST and border in text:
            text = text.rsplit(border, 1)[0]
    return text if len(text.split()) <= LONGEST else ""
