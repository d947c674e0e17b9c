"""The words by which a posting gives away what kind of thing it asks. Patterns and three small readers of levels.

Used by `screening.asks` on postings and by `screening.rules` on resumes, so that both mean the same by "a degree".
"""

from __future__ import annotations

import re

_NUMBERS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)  # noqa: SIM905
}
_COUNT = rf"(?:\d{{1,2}}(?:[.,]5)?|{'|'.join(_NUMBERS)})"
YEARS = re.compile(
    rf"(?<!within )(?<!in the last )(?<![\d$€£.,])\b(?P<least>{_COUNT})\s*(?:\([\d]+\))?\s*\+?(?:\s*(?:-|–|to|"
    rf"or)\s*(?:{_COUNT}|more)\+?)?"
    r"\s*(?:plus\s+|or more\s+|full\s+)?(?:\+\s*)?(?:years?|yrs?)\b(?!\s*(?:old|a\b))['’]?",
    re.IGNORECASE,
)
EXPERIENCE = re.compile(
    r"experience|work|background|practice|track record|\bin\b|\bof\b|\bas\b|\bwith\b", re.IGNORECASE
)

LEVELS = ("school", "vocational", "associate", "bachelor", "master", "doctorate")
"""Degree levels, lowest first; `Requirement.level` of a degree is one of them."""

_LEVEL_WORDS = {
    "doctorate": r"ph\.? ?d|doctora\w+|d\.?phil|promotion zum|j\.\s?d\.?|juris doctor",
    "master": r"master['’]?s?|ll\.? ?m|pgdm|m\.? ?com|laurea magistrale|m\.b\.a|m\.e\.|"
    r"m\.? ?sc|m\.? ?eng|m\.? ?tech|mba|mca|msn|m\.s\.|ms(?= (?:or|degree|in)\b)|ma(?= (?:or|"
    r"degree|in)\b)|"
    r"advanced? degree|postgraduate|graduate degree|magister|diplom|diplom-\w+|máster|maîtrise|ingénieur|staatsexamen",
    "bachelor": r"bachelor['’]?s?|ll\.? ?b|b\.? ?com|bba|bca|laurea|law degree|"
    r"b\.? ?sc|b\.? ?eng|b\.? ?tech|bsn|b\.s\.|b\.a\.|b\.e\.|bs(?=(?: or|/| degree| in)\b)|"
    r"ba(?= (?:or|degree|in)\b)|university degree|college degree|undergraduate degree|4-year degree|licenciatura|"
    r"licence en|"
    r"grado en|inżynier",
    "associate": r"associate['’]?s?(?=\s+(?:degree|of|in))|foundation degree|adn|hnd",
    "vocational": r"vocational|apprenticeship|ausbildung|berufsausbildung|trade school|(?<!school )(?<!h\.s\. )diploma|"
    r"nvq|btec|"
    r"ihk",
    "school": r"high[- ]school|secondary school|ged|a-levels?|abitur|school leaving|gcses?",
}
_LEVEL = {level: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for level, words in _LEVEL_WORDS.items()}
_BARE_DEGREE = re.compile(r"\b(?:degree|graduates?)\b", re.IGNORECASE)
DEGREE = re.compile("|".join([*(pattern.pattern for pattern in _LEVEL.values()), _BARE_DEGREE.pattern]), re.IGNORECASE)
NO_DEGREE = re.compile(
    r"new graduates|student nurses|scrum master|master data|degree of|mastery|graduates? (?:to|and)|phd students", re.I
)
CERTIFICATE = re.compile(
    r"\b(?:certif(?:ied|icates?|ications?)|licen[cs](?:es?|ed|ure)|accredit\w+|charter(?:ed|holder)|security clearance|"
    r"professional registration|registration with)\b",
    re.IGNORECASE,
)
_FLUENCY = (
    ("native", r"native|mother tongue|bilingual"),
    ("basic", r"basic|conversational|elementary|beginner|limited|holiday level|some|a little|\b[A][12]\b"),
    ("fluent", r"fluen\w*|excellent|full professional|very good|proficien\w+|\bC[12]\b|strong|perfect|professional"),
    ("good", r"good|business|solid|working|intermediate|\bB[12]\b"),
)
SPEECH = re.compile(
    r"\b(?:fluen\w*|native|mother tongue|bilingual|spoken|written|speak\w*|languages?|conversational|proficien\w+|"
    r"[ABC][12])\b",
    re.IGNORECASE,
)
AUTHORISATION = re.compile(
    r"\b(?:right to work|(?:work|residence) (?:permit|authori[sz]ation|visa|eligibility)|permit to work|visas?|"
    r"sponsor(?:ship)?|"
    r"(?:authori[sz]ed|eligible|entitled|permitted|allowed|authori[sz]ation|eligibility) to (?:work|live and work)|"
    r"citizens?(?:hip)?|permanent residen(?:t|cy)|settled status|indefinite leave)\b",
    re.IGNORECASE,
)
SHIFT = re.compile(
    r"\b(?:(?:night|day|late|early|rotating|weekend|evening|\d+[- ]hour|split)[\w\s-]{0,12}shifts?|shift work|"
    r"shifts?|weekends?|"
    r"nights|overtime|on[- ]call|travel(?:l?ing)?|overnight stays?|flexible hours|public holidays|part[- ]time|"
    r"lift(?:ing)? (?:up to )?\d+|stand for|physically)\b",
    re.IGNORECASE,
)
WILLING = re.compile(
    r"\b(?:able|ability|willing(?:ness)?|availab\w+|flexib\w+|prepared|ready|must|can|comfortable|up to \d+ ?%|"
    r"\d+ ?% travel|"
    r"requires?|required|work(?:ing)? (?:nights|weekends|shifts|evenings))\b|^\W*(?:\w+ )?(?:night|day|morning|"
    r"rotating|shift)",
    re.IGNORECASE,
)
LOCATION = re.compile(
    r"\b(?:based in|(?:you )?live (?:in|within|near|close)|living in|located (?:in|near)|relocat\w+|resid(?:e|ent|"
    r"ing) (?:in|of)|"
    r"commut\w+|within reach of|on[- ]?site in|work remotely from|proximity to)\b",
    re.IGNORECASE,
)
NICE = re.compile(
    r"\b(?:nice to have|preferred|preferabl[ey]|ideally|(?:is |are |would be |an?|big|strong|huge|definite) (?:plus|"
    r"bonus|advantage|asset)|"
    r"a plus|advantageous|desirable|desired|optional|not (?:required|a must|essential)|good to have|beneficial|"
    r"helpful|welcome)\b",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"^(?:(?:you (?:have|bring|are|should have|must have|will have|possess)|must have|must be|should have|and|or|"
    r"with|of|in|as|an?|the|"
    r"at least|some|any|one of|one|another|other|our|your|both|either|also|have|having|has|being|"
    r"(?:strong|solid|good|excellent|proven|demonstrated|demonstrable|deep|sound|basic|advanced|extensive|in-depth|"
    r"hands[- ]on|practical|working|professional|prior|previous|relevant|confident|outstanding|great|thorough|"
    r"significant|"
    r"expert|intermediate|real|first|commercial|technical|recent)(?:,| and|/)?|"
    r"(?:experience[ds]?|knowledge|understanding|command|proficien(?:cy|t)|familiar(?:ity)?|expertise|skills?|skilled|"
    r"background|competen(?:ce|cy|t)|exposure|ability|grasp|use|fluency|working experience|(?:track )?record|experts?)"
    r"(?: (?:running services on|working with|working in|working|using|building with|programming in|developing in|"
    r"coding in))?"
    r"(?: (?:with|in|of|on|at|to|as|using|programming|required))?)(?:\s+|\s*:\s*|$))+",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:,?\s+(?:since|because|so that|in order to|as we|which|where|whose)\b.*|\s*\((?:preferred|required|must|"
    r"optional)\)|"
    r"\s+(?:(?:is|are|would be)\s+)?(?:required|preferred|desired|desirable|(?:a |an )?(?:big |strong |"
    r"huge )?(?:plus|bonus|advantage|asset)|"
    r"mandatory|essential|a must|necessary)|,?\s+with or without (?:reasonable )?accommodation)\s*[.!]*$",
    re.IGNORECASE,
)
EXAMPLES = re.compile(
    r",?\s*\(?\b(?:such as|for example|for instance|e\.\s?g\.|like|i\.\s?e\.|especially|namely)(?=[\s,:])[,:]?\s*",
    re.IGNORECASE,
)
ITEMS = re.compile(
    r"\s*(?:,\s*(?:and/or|and|or|&)?|;|/(?=\s)|\s(?:and/or|and|or|&)\s|\s\|\s|\s[•·]\s)\s*(?:(?:with|of|in|on|"
    r"also)\s+)?",
    re.IGNORECASE,
)
INCLUDING = re.compile(r",?\s*\(?\b(?:including|incl\.)\s+", re.IGNORECASE)
ANY = re.compile(r"\b(?:or|either|one of|any of|and/or)\b|\bat least one\b", re.IGNORECASE)


def levels_of(text: str) -> list[str]:
    """The degree levels a text names, in its order. A degree without a level is a bachelor's."""
    found = sorted((match.start(), level) for level, words in _LEVEL.items() for match in words.finditer(text))
    return [level for _, level in found] or (["bachelor"] if _BARE_DEGREE.search(text) else [])


def fluency_of(text: str) -> str | None:
    """native, fluent, good or basic, where a text says so."""
    return next((word for word, pattern in _FLUENCY if re.search(rf"(?:{pattern})", text, re.IGNORECASE)), None)


def years_of(text: str) -> float | None:
    """The least number of years a text asks or claims; None where it names none."""
    low = text.lower()
    if "year" not in low and "yr" not in low:  # most texts: sixty times as fast as the pattern
        return None
    match = YEARS.search(text)
    if not match:
        return None
    least = match["least"].lower().replace(",", ".")
    return float(_NUMBERS.get(least) or least)
