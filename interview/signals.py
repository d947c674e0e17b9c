"""The words that show what a sentence holds: a situation, one's own action, a result, a number ... Data, and one
function over it. Called by `interview.evidence`; English only, as the interviewer is.

Each signal is yes or no for a sentence. `follow_up` (looked again, a day named, written down) and `shared` (told, asked
or agreed with somebody) are what concrete stories hold in plain words; `general` (always, people, everybody) and
`others` (the boss, not my job) stand where an example is missing or is another's. `loose` and `denied` are about the
work described ("no written rules", "by eye"). None is about the manner of speaking: hedges and fillers are no signal,
`without_fillers` takes them out.
"""

from __future__ import annotations

import re

_PAST = (
    r"\w{2,}ed",
    *(
        "built",
        "wrote",
        "rewrote",
        "set",
        "ran",
        "led",
        "made",
        "chose",
        "kept",
        "drew",
        "found",
        "took",
        "gave",
        "cut",
    ),
    *("went", "began", "taught", "sent", "held", "brought", "drove", "broke", "split", "sold", "spoke", "met", "did"),
    *("got", "put", "saw", "told", "left", "won", "grew", "dealt", "caught", "sought", "stood", "came", "read", "rang"),
)
_NUMBERS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifteen"),
    *("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand", "million"),
    *("percent", "half", "doubled?", "twice", "dozen", "quarter"),
)
_DAY = "(?:mon|tues|wednes|thurs|fri)day"
_TOLD = (
    "tell|told|call|called|ring|rang|show|showed|agree|agreed|offer|offered|explain|explained|propose|proposed|suggest|"
    "suggested|warned?|said|say|write|wrote"
)
_WORDS: dict[str, tuple[str, ...]] = {
    "situation": (
        *(r"when (?:i|we|the|our|my|a)", "at the time", r"last (?:year|month|week|winter|summer|spring|autumn|fall)"),
        *(r"years? ago", r"in (?:my|our) (?:last|previous|current|first) \w+", r"(?:there was|we had|i had) an?"),
        *(r"the (?:problem|situation|challenge|goal|task) was", r"my (?:job|role|task) was", "while i was"),
        r"on (?:one|a|the|our) \w+ (?:project|shift|team|account|ward|case)",
    ),
    "action": (rf"i(?:['’](?:ve|d))?\s+(?:\w+ly\s+|then\s+|first\s+|also\s+)?(?:{'|'.join(_PAST)})",),
    "result": (
        *("as a result", "in the end", r"result(?:ed|s)?", r"reduc(?:ed|es|ing|tion)", r"increas(?:ed|es|ing)"),
        *(r"improv(?:ed|es|ing|ement)", r"dropp(?:ed|ing)", "fell", "rose", "grew", "saved", "led to", r"from \S+ to"),
        *(r"went (?:up|down|from)", "fewer", "faster", "shorter", "lower", "higher", "on time", "signed", "renewed"),
        *("shipped", "launched", "recovered", "so that", r"which (?:meant|let|kept|made|gave|cut)", r"prevent(?:ed|s)"),
        r"without (?:any )?(?:loss|delay|incident|complaint)s?",
    ),
    "number": (r"\w*\d\w*", *_NUMBERS),
    "reasoning": (
        *("because", "therefore", "in order to", r"trade-?offs?", "rather than", "instead of", "based on"),
        *(r"criteri(?:a|on)", r"assum(?:ed|ption)\w*", r"validat\w+", r"measur(?:ed|es|ing|able)", r"monitor\w*"),
        *(r"verif\w+", "tested", r"threshold\w*", r"baseline\w*", r"compar(?:ed|ing)", r"document(?:ed|s)?", "defined"),
        *("checked", "confirmed", "agreed", "reviewed"),
    ),
    "loose": (
        *("ad[- ]hoc", r"informal\w*", "by eye", r"eyeball\w*", r"gut feel\w*", r"(?:as|if) needed", "on the fly"),
        *("case by case", r"as (?:we|i) went", "good enough", "whatever", "stuff", r"default\w*", "later on"),
        *(r"(?:looked|felt) (?:good|right|fine|okay|ok)", "sometimes", "usually", "mostly", "mainly", "occasionally"),
        *("generally", r"when (?:someone|somebody|people) (?:asked|noticed|complained)", "basic"),
    ),
    "denied": (
        *(r"(?:did|do|was|were|had|have|could|does|is)n['’]?t", "never", r"skipp(?:ed|ing)", "rarely"),
        *(r"no (?:formal|written|set|specific|real|clear|explicit|separate)", r"not (?:really|formally|always|sure)"),
        r"without (?:a|any)",
    ),
    "follow_up": (
        *(r"(?:after|in|for|every|within) (?:\w+ ){1,3}(?:days?|weeks?|months?|hours?)", "since then", "next time"),
        *(r"(?:weeks?|months?|days?|hours?) (?:later|after)", "before that", "and after", "now (?:we|it|they|there)"),
        r"(?:look|looked|check|checked|count|counted|ask|asked|ring|rang|call|called|measured?|read) (?:\w+ )?again",
        *(rf"every {_DAY}", rf"on {_DAY}", rf"by {_DAY}"),
        *("written down", r"(?:write|wrote|note|noted) (?:\w+ ){0,3}(?:down|date)"),
    ),
    "shared": (
        rf"(?:i|we)(?:['’]d| would| will|['’]ll)? (?:then |also |first |just )?(?:{_TOLD})",
        *(r"let (?:them|him|her|\w+) know", "together with", "agreed", "both of us", "the two of us", "we decided"),
        "asked (?:him|her|them)",
    ),
    "general": (
        *("always", "every(?:body|one)", "nobody", "all the time", "of course", "in general", "normally", "people"),
        *("in my experience", "important", "things", "at some point", "most of the time"),
        r"i['’]?a?m (?:very |really |quite |a |an )?(?:good|someone|somebody|person|team|kind|known)",
    ),
    "others": (
        *("not my", "their (?:job|fault|problem|business)", "his (?:job|fault|problem)", "(?:they|he|she) should"),
        *("someone else", "somebody else", "the boss", "it depends", "blame", "nothing (?:i|we|you) c(?:an|ould)"),
        *("can['’]?t do (?:much|anything)", "up to (?:them|him|her|the)", "that['’]s (?:the|on)"),
    ),
}
_PATTERNS = {name: re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE) for name, words in _WORDS.items()}
# Names of tools, standards and measures: capitals or digits inside a word, or a compound, but not the first word.
_PATTERNS["specific"] = re.compile(r"(?<=[\w,] )\(?(?:[A-Z]{2,}\w*|[A-Z][a-z]+[A-Z]\w*|\w*\d\w*|\w+[-/]\w+)\b")

_FILLERS = (
    *("u+h+m*", "u+m+", "e+r+m*", "h+m+", "you know", "i mean", "kind of", "sort of", "basically", "actually"),
    *("literally", "honestly", "just", "pretty much", "i guess", "i think", "maybe", "probably", "a bit"),
)
_FILLER = re.compile(rf"(?<![\w'’-])(?:{'|'.join(_FILLERS)})(?![\w'’-]),?\s*", re.IGNORECASE)

SIGNALS: tuple[str, ...] = tuple(_PATTERNS)


def shows(text: str) -> frozenset[str]:
    """The signals of one sentence, without their number: saying a thing twice does not make it truer."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text))


def without_fillers(text: str) -> str:
    """For scoring only; quotes keep every word."""
    return " ".join(_FILLER.sub("", text).split())
