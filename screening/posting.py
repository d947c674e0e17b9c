"""A job's text, as people publish it, to a JobPosting: its title, its place and what it asks, line by line.

Called by the API and the command line with Markdown, plain text, HTML, or schema.org JobPosting JSON-LD. Everything is
brought into lines of light Markdown first, so that one reading of headings, bullets and sentences serves all four.
What a sentence asks is worked out in `screening.asks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from matching.skills import Vocabulary
from matching.tagger import KnowledgeTagger, SentenceVocabulary
from models.errors import BadRequest
from models.values import Flag, JobPosting, Requirement, RequirementKind
from screening.asks import RUN_ON, Ask, asks
from screening.markup import from_html, from_json

Part = Literal["must", "nice", "duty", "skip", "open"]
"""What a section of a posting holds; "open" where no heading says."""

MOST = 80
"""Requirements kept of one posting; a longer list is a page that is no posting."""

_PARTS: tuple[tuple[Part, re.Pattern[str]], ...] = tuple(
    (part, re.compile(words, re.IGNORECASE))  # type: ignore[misc]
    for part, words in (
        (
            "nice",
            r"nice.to.have|preferred|preferably|bonus|\bplus\b|desirable|desired|advantage|good to have|optional|"
            r"ideally|"
            r"extra points|wünschenswert|von vorteil|souhait|atouts?\b|valora|deseable",
        ),
        (
            "skip",
            r"about (?:us|the (?:company|team|organi[sz]ation))|^\W*about\W*$|who we are|our (?:company|story|"
            r"mission|values|culture)|"
            r"^the company|company (?:overview|description|profile)|benefit|perks|we offer|what you(?:'|’)?ll get|"
            r"offer|compensation|"
            r"salary|\bpay\b|remuneration|how (?:to|it)|apply|applying|application|equal|diversity|inclusion|\beeo\b|"
            r"privacy|"
            r"process|why (?:join|work|us)|life at|wir bieten|über uns|bewerb|nous offrons|à propos|postuler|"
            r"ofrecemos|sobre nosotros|"
            r"disclaimer|contact",
        ),
        (
            "duty",
            r"responsib|duties|tasks|what you(?:'|’)?ll (?:do|be doing)|what you will (?:do|be doing)|the role|"
            r"your role|day.to.day|"
            r"job (?:description|summary|purpose)|role (?:overview|summary|description)|position (?:summary|overview)|"
            r"accountabilit|you(?:'|’)ll|in this role|aufgaben|tätigkeit|missions?\b|funciones|responsabil|"
            r"a typical day",
        ),
        (
            "must",
            r"require|qualif|must|what you bring|you bring|profile|you have|you(?:'|’)ll have|who you are|you are|"
            r"looking for|skills|"
            r"experience|minimum|essential|about you|education|candidate|expect|competenc|knowledge|need|criteria|"
            r"technolog|"
            r"anforderung|profil|das bringst du|kenntnisse|compétences|requisitos|perfil|certificat|licen[cs]e|"
            r"languages?",
        ),
    )
)
_COUNTS: dict[Part, tuple[bool, float]] = {
    "must": (True, 1.0),
    "nice": (False, 0.5),
    "duty": (False, 0.5),
    "open": (True, 1.0),
}
"""Part -> must_have and weight. Duties are what someone will do, so they inform the score and gate nothing."""

_CUE = re.compile(
    r"\b(?:experience[ds]?|knowledge|proficien\w+|familiar\w*|understanding|skills?|expertise|degree|bachelor\w*|"
    r"master['’]?s|"
    r"ph\.?d|diploma|graduate|qualified|certifi\w+|licen[cs]e\w*|years?|yrs?|fluen\w+|must|required|requires?|"
    r"minimum|at least|"
    r"ability|able to|capable|background|hands[- ]on|competen\w+|strong|solid|comfortable|passion\w*|willing\w*|"
    r"right to work|"
    r"authori[sz]ed|eligible)\b",
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"^(?:\w+ly )?(?:design|develop|build|creat|writ|lead|manag|maintain|implement|work|collaborat|ensur|support|"
    r"provid|prepar|"
    r"participat|analy[sz]|identif|coordinat|monitor|conduct|review|test|deliver|assist|communicat|perform|plan|handle|"
    r"optimi[sz]|troubleshoot|document|assess|administer|care|respond|sell|negotiat|visit|present|report|train|"
    r"mentor|drive|"
    r"own|help|deploy|integrat|translat|apply|research|evaluat|operat|install|repair|clean|cook|serv|process|"
    r"contribut)\w*\b",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"equal opportunit|regardless of|without regard to|affirmative action|reasonable accommodation|we offer|we provide|"
    r"our (?:mission|values|culture|customers|clients|people|story)|founded in|we are an?\b|we're an?\b|who we are|"
    r"benefits|salary|"
    r"insurance|pension|paid (?:time|leave)|vacation|holidays? plus|send (?:us )?your|apply (?:now|with|by|online|"
    r"here)|"
    r"click|privacy|cookies|\bE-Verify\b|background check|referral|bonus scheme|per (?:annum|year|hour)|job type:|"
    r"schedule:|"
    r"employment type|openings|walk[- ]in|contact (?:person|us)|\bctc\b|http|@",
    re.IGNORECASE,
)
_ALWAYS_BOILERPLATE = re.compile(r"equal opportunit|regardless of|without regard to|affirmative action", re.IGNORECASE)
_STOPWORDS = {
    "en": "the and of to in with for you our your we are will a is as or experience",
    "de": "und die der mit für sie wir ein eine ist im zu den das von oder ihr du",
    "fr": "et les des vous nous une pour dans avec est votre sur au aux ou du",
    "es": "el los las y para con una que en del se por tu su es al",
    "it": "il di e per con una che del della sono nel un le gli da",
    "nl": "de het een en van met voor je wij zijn op bij onze als jij",
    "pt": "os as e para com uma em do da que você nos um no na",
    "pl": "i w na z do oraz się dla jest nie lub od przy po",
}
_BULLET = re.compile(r"(?:[-*+•·▪◦‣●○–—]|\d{1,2}[.)])\s+")
_PLACE = re.compile(
    r"^(?:location|job location|place of work|based in|standort|ort|lieu|ubicación)\s*[:\-–]\s*(?P<place>[^\n]{2,80})$",
    re.IGNORECASE,
)
_TITLE_LABEL = re.compile(r"^(?:job title|position|title|role|stelle)\s*:\s*", re.IGNORECASE)
_TERMS = re.compile(
    r"full[- ]time|part[- ]time|permanent|contract|hybrid|remote|on[- ]?site|home office|shift|hours|salary|[$€£]|"
    r"temporary|"
    r"vollzeit|teilzeit",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Item:
    """A bullet or a paragraph, its wrapped lines joined, with the number of its first line."""

    text: str
    line: int
    part: Part
    bullet: bool


def read_posting(
    text: str,
    *,
    media_type: str = "text/markdown",
    name: str = "posting",
    vocabulary: Vocabulary | None = None,
    tagger: KnowledgeTagger | None = None,
) -> JobPosting:
    """`text` in any of the four forms; `media_type` is believed for JSON and HTML and otherwise looked at. Raises
    BadRequest that names `name` where there is nothing to read. A posting in another language than English, or one
    without a recognisable requirement, comes back line by line and flagged, never empty."""
    place: str | None = None
    kind = _kind(text, media_type)
    if kind == "json":
        text, place = from_json(text, name)
    elif kind == "html":
        text, place = from_html(text, name)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    if len(re.findall(r"[^\W\d_]", text)) < 3:
        raise BadRequest(f"{name}: no text in this job posting; give its wording as Markdown, text, HTML or JSON-LD")
    title, items = _items(text)
    language = _language(text)
    flags: list[Flag] = []
    vocabulary = vocabulary or Vocabulary.load()
    found = list(_requirements(items, vocabulary, tagger)) if language == "en" else []
    if language != "en":
        detail = f"This posting is not in English ({language}); each line was taken as one requirement: check them."
        flags.append(Flag(code="posting_language", detail=detail))
    elif not found:
        flags.append(
            Flag(
                code="posting_unclear",
                detail="No requirement was recognised: each line was taken as one; please check them.",
            )
        )
    if not found:
        found = list(_line_by_line(items, title, vocabulary))
    return JobPosting(
        title=title,
        text=text,
        requirements=_numbered(found),
        location=place or _location(items),
        language=language,
        flags=tuple(flags),
    )


def _kind(text: str, media_type: str) -> Literal["json", "html", "text"]:
    start = text.lstrip("\ufeff \t\r\n")[:2000].lower()
    if "json" in media_type or (start.startswith(("{", "[{")) and '"@' in start):
        return "json"
    if "html" in media_type or re.match(
        r"<(?:!doctype|html|head|body|div|p|h[1-6]|ul|section|article|script)\b", start
    ):
        return "html"
    return "text"


# ---------------------------------------------------------------- lines into items


def _items(text: str) -> tuple[str, list[_Item]]:
    """The title and the bullets and paragraphs, each with the part of the posting it stands in."""
    title = ""
    part: Part = "open"
    items: list[_Item] = []
    joins = False
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line or re.fullmatch(r"[-=_*~\s]+", line):
            joins = False
            continue
        heading = _heading(line)
        if not title:
            title = _TITLE_LABEL.sub("", (heading or line).strip("#*_ "))[:200]
            joins = False
            continue
        if heading is not None:
            part, joins = _part(heading, part), False
            continue
        bullet = _BULLET.match(line)
        if joins and not bullet and items and _continues(items[-1], raw):
            items[-1] = _Item(f"{items[-1].text} {line}", items[-1].line, items[-1].part, items[-1].bullet)
            continue
        items.append(_Item(line[bullet.end() :] if bullet else line, number, part, bool(bullet)))
        joins = True
    return title, items


def _continues(item: _Item, raw: str) -> bool:
    """Is this line the rest of a wrapped one? An indented line under a bullet is; so is what follows a long line that
    did not end a sentence."""
    if item.bullet:
        return raw[:1].isspace()
    return (
        len(item.text) > 60 and (len(item.text) > 100 or item.text[-1] not in ".:;!?") and raw.lstrip()[0] not in "#|"
    )


def _heading(line: str) -> str | None:
    """The words of a heading, None if the line is none. Plain text marks them by a colon, capitals, or bold."""
    if match := re.match(r"#{1,6}\s+(.*?)\s*#*$", line):
        return match[1]
    if match := re.fullmatch(r"(?:\*\*|__)([^*_]{2,60}?):?(?:\*\*|__):?", line):
        return match[1]
    words = line.rstrip(":").split()
    if _BULLET.match(line) or len(words) > 7 or line[-1] in ".,;!?":
        return None
    known = any(pattern.search(line) for _, pattern in _PARTS)
    return (
        line.rstrip(":")
        if (line.endswith(":") or (line.isupper() and len(words) > 1)) and (known or line.isupper())
        else None
    )


def _part(heading: str, before: Part) -> Part:
    """A sub-heading that says nothing leaves its section as it was."""
    for part, pattern in _PARTS:
        if pattern.search(heading):
            return (
                "must" if part == "nice" and re.search(r"desired candidate|required", heading, re.IGNORECASE) else part
            )
    return before if before in {"must", "nice", "duty"} else "open"


def _sentences(text: str) -> Iterator[str]:
    yield from (piece for piece in re.split(r"(?<=[a-z0-9)+%][.!?])\s+(?=[A-Z“\"(])", text) if piece.strip())


# ---------------------------------------------------------------- items into requirements


@dataclass(frozen=True, slots=True)
class _Found:
    ask: Ask
    sentence: str
    line: int
    must: bool
    weight: float


def _requirements(items: Sequence[_Item], vocabulary: Vocabulary, tagger: KnowledgeTagger | None) -> Iterator[_Found]:
    for item in items:
        if item.part == "skip":
            continue
        must, weight = _COUNTS[item.part]
        for sentence in _sentences(item.text):
            if not _asks_something(sentence, item, vocabulary):
                continue
            duty = item.part == "duty" or (item.part == "open" and bool(_DUTY.match(sentence)))
            known = SentenceVocabulary(vocabulary, tagger.spans(sentence)) if tagger and not duty else vocabulary
            for ask in asks(sentence, known, duty=duty):
                gate = must and not ask.nice and ask.kind != "responsibility"
                yield _Found(ask, sentence.strip(), item.line, gate, weight if gate else min(weight, 0.5))


def _asks_something(sentence: str, item: _Item, vocabulary: Vocabulary) -> bool:
    """Prose is only read where it speaks of the person; a company's own story and its benefits are not."""
    if item.bullet and item.part != "open":
        return not _ALWAYS_BOILERPLATE.search(sentence)
    if len(sentence.split()) > RUN_ON:
        return item.part != "open" or len(vocabulary.find(sentence)) >= 2
    if _BOILERPLATE.search(sentence) and not re.search(r"right to work|sponsor|visa", sentence, re.IGNORECASE):
        return False
    if item.part in {"must", "nice"}:
        return True
    if item.part == "duty":
        return bool(_DUTY.match(sentence)) or bool(_CUE.search(sentence) and vocabulary.find(sentence))
    short = len(sentence) < 120 and bool(vocabulary.find(sentence))
    return bool(_CUE.search(sentence)) or bool(_DUTY.match(sentence)) or short


def _line_by_line(items: Sequence[_Item], title: str, vocabulary: Vocabulary) -> Iterator[_Found]:
    for item in [item for item in items if item.part != "skip"] or items:
        for sentence in _sentences(item.text):
            if len(sentence.split()) >= 2 or vocabulary.find(sentence):
                kind: RequirementKind = "skill" if vocabulary.find(sentence) else "responsibility"
                must = item.part == "must"
                yield _Found(
                    Ask(sentence.strip(" .")[:300], kind), sentence.strip(), item.line, must, 1.0 if must else 0.5
                )
    if not items:
        yield _Found(Ask(title, "skill"), title, 1, must=False, weight=1.0)


def _numbered(found: Sequence[_Found]) -> tuple[Requirement, ...]:
    """Each thing once, the strictest mention of it, in the order of the posting."""
    strictest: dict[tuple[str, str], _Found] = {}
    for one in found:
        key = (one.ask.kind, one.ask.text.casefold())
        if key not in strictest or (one.must and not strictest[key].must):
            strictest[key] = one
    return tuple(
        Requirement(
            id=f"r{number}",
            text=one.ask.text,
            kind=one.ask.kind,
            must_have=one.must,
            weight=one.weight,
            sentence=one.sentence,
            line=one.line,
            alternatives=one.ask.alternatives,
            years=one.ask.years,
            level=one.ask.level,
        )
        for number, one in enumerate(list(strictest.values())[:MOST], start=1)
    )


def _language(text: str) -> str:
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {code: sum(word in set(common.split()) for word in words) for code, common in _STOPWORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > max(2, 1.2 * counts["en"]) else "en"


def _location(items: Sequence[_Item]) -> str | None:
    """A "Location:" line, or the second field of the usual "Company · Place · Terms" line under the title."""
    for item in items[:8]:
        line = re.sub(r"[*_]", "", item.text)
        if match := _PLACE.match(line):
            return match["place"].strip()
        fields = [field.strip() for field in re.split(r"\s+[·|•–]\s+", line)]
        if len(fields) < 3:
            continue
        for field in fields[1:]:
            if match := re.match(
                r"(?:home office|remote|hybrid|on[- ]?site)(?: in|,|:)? (?:the )?(?=[A-Z])", field, re.IGNORECASE
            ):
                return field[match.end() :]
            if not _TERMS.search(field):
                return field
        return next((field for field in fields[1:] if "remote" in field.lower()), None)
    return None
