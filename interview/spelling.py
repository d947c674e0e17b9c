"""One spelling for what was said, so that how a recogniser or a candidate writes it down weighs nothing: British and
American, accented and plain letters, and the written-out sound of an accent ("dis", "goin'", "gonna"). For scoring
only; quotes keep every letter. English, as the evaluation is. Called by `interview.blind`.
"""

from __future__ import annotations

import re
import unicodedata

_SOUNDS = {
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "hafta": "have to",
    "lemme": "let me",
    "gimme": "give me",
    "dunno": "do not know",
    "coulda": "could have",
    "shoulda": "should have",
    "woulda": "would have",
    "outta": "out of",
    "y'all": "you",
    "'cause": "because",
    "cuz": "because",
    "'em": "them",
    "dis": "this",
    "dat": "that",
    "dese": "these",
    "dem": "them",
    "dey": "they",
    "ze": "the",
    "zis": "this",
    "zat": "that",
    "wid": "with",
    "wif": "with",
    "wiz": "with",
    "nuthin": "nothing",
    "nuffin": "nothing",
    "somefing": "something",
    "sumthin": "something",
    "tink": "think",
    "tings": "things",
    "vork": "work",
    "vith": "with",
    "wuz": "was",
    "'ave": "have",
    "'ad": "had",
    "'elp": "help",
    "'ow": "how",
    "'ard": "hard",
    "ain't": "is not",
}
_ISE = (
    "organ|prior|optim|real|recogn|summar|standard|visual|minim|maxim|util|custom|special|emphas|general|character|"
    "central|final|categor|digital|normal|author|synchron|anonym"
)
_OUR = "col|fav|behavi|hon|lab|neighb|rum|harb|endeav|flav|hum"


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_RULES = (
    (_rule(rf"\b({_ISE})is(e[sdr]?|ing|ations?)\b"), r"\1iz\2"),
    (_rule(r"\banalys(e[sdr]?|ing)\b"), r"analyz\1"),
    (_rule(rf"\b({_OUR})our"), r"\1or"),
    (_rule(r"\b(cent|met|theat|lit)re(s?)\b"), r"\1er\2"),
    (_rule(r"\bprogramme(s?)\b"), r"program\1"),
    (_rule(r"\b(travel|cancel|label|model|level|channel|signal)l(ed|ing|er)\b"), r"\1\2"),
    (_rule(r"\b(licen|defen|offen)ce\b"), r"\1se"),
    (_rule(r"\b(\w{2,}in)'(?!\w)"), r"\1g"),
)
_SOUND = _rule(rf"(?<![\w'-])(?:{'|'.join(sorted(map(re.escape, _SOUNDS), key=len, reverse=True))})(?![\w'-])")


def one_spelling(text: str) -> str:
    """`text` without accents, one spelling a word; capitals stay."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    plain = _SOUND.sub(lambda found: _SOUNDS[found[0].lower()], plain)
    for pattern, replacement in _RULES:
        plain = pattern.sub(replacement, plain)
    return " ".join(plain.split())
