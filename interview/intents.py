"""Spoken (or typed) requests to the interviewer, recognised only when they are the whole utterance.

"Could you repeat the question?" is a request; "I had to repeat the question to my team until ..." is an answer. So an
utterance is stripped of courtesy and hesitation and must then match a phrase from end to end. Called by
`interview.dialogue`; a missed request costs the candidate a button press, a false one would cost an answer."""

from __future__ import annotations

import re
from typing import Literal

Intent = Literal[
    "repeat", "rephrase", "slower", "skip", "back", "pause", "wait", "finish", "unknown", "no_example", "yes", "no"
]

LONGEST = 14
"""Words. Anything longer is an answer."""

_CONTRACTIONS = {
    "can't": "cannot",
    "won't": "will not",
    "let's": "let us",
    "don't": "do not",
    "dont": "do not",
    "didn't": "did not",
    "couldn't": "could not",
    "haven't": "have not",
    "i'd": "i would",
    "i'm": "i am",
    "i've": "i have",
    "that's": "that is",
    "it's": "it is",
    "what's": "what is",
    "wasn't": "was not",
    "isn't": "is not",
}
_WORD = re.compile(r"[a-z']+|\d+")
_FILLERS = "um uh uhm er erm hm hmm ah oh well so okay ok please sorry just actually maybe honestly then"
_EMPTY = frozenset(_FILLERS.split())
"""Dropped where they begin or end the utterance."""
_ASK = r"(?:(?:can|could|would|will|may) (?:you|we|i) )?(?:please )?"
_WANT = r"(?:i (?:would like|want|need|have) to |let us |can we |could we |may i |can i |could i )?(?:please )?"
_QUESTION = r"(?: (?:that|it|this|the|your|this last|the last)(?: question| one)?)?"

_PATTERNS: dict[Intent, tuple[str, ...]] = {
    "repeat": (
        _ASK + r"(?:repeat|say)" + _QUESTION + r"(?: for me)?(?: (?:again|once more|one more time|once again))?",
        r"repeat|again|pardon(?: me)?|come again|say again|once more|one more time|what",
        r"what (?:was|is) (?:the|that|your) question(?: again)?|what did you (?:say|ask)|what was that",
        r"i (?:did not|could not) (?:quite )?(?:hear|catch|get) (?:you|that|it|the question|what you said)",
        r"(?:i did not (?:hear|catch) (?:you|that|it) )?(?:can|could) you (?:repeat|say) (?:that|it)(?: again)?",
    ),
    "rephrase": (
        _ASK + r"(?:rephrase|reword|explain|clarify)" + _QUESTION,
        _ASK + r"(?:put|say|ask) (?:that|it|the question) (?:differently|in other words|another way|in a simpler way)",
        r"(?:in )?other words|what do you mean(?: by that)?",
        r"i do not understand(?: (?:that|it|you|the question|what you mean))?",
        r"i did not understand(?: (?:that|it|you|the question|what you mean))?",
    ),
    "slower": (
        _ASK + r"(?:speak |talk |go |say (?:that|it) |read (?:that|it) )?(?:a (?:bit|little) )?(?:more slowly|slower)",
        _ASK
        + r"slow down(?: a (?:bit|little))?|(?:you are|that is|that was) (?:speaking |talking )?too fast(?: for me)?",
    ),
    "skip": (
        _WANT + r"(?:skip|pass(?: on)?|leave)" + _QUESTION,
        r"(?:the )?next question|" + _WANT + r"move on(?: to the next(?: question| one)?)?|no comment",
        r"i would (?:rather|prefer) not(?: to)? (?:answer|say)" + _QUESTION,
    ),
    "back": (
        _WANT + r"(?:go|come|get|return|move)(?: back)?(?: to)?(?: (?:the|my|that))? (?:last|previous|earlier|first)"
        r"(?: question| answer| one)(?: again)?",
        _WANT
        + r"go back(?: to (?:the|my) (?:question|answer|one)(?: before)?)?(?: please)?|(?:the )?previous question",
        _WANT
        + r"(?:add|say) (?:something|one (?:more )?thing|more) (?:to|about|on) (?:the|my) (?:last|previous|earlier)"
        r"(?: question| answer| one)",
    ),
    "wait": (
        r"(?:one|a|just a|just one) (?:moment|second|minute|sec)|wait(?: a (?:moment|second|minute|sec))?|hold on",
        r"(?:give|let) me (?:a|one) (?:moment|second|minute)(?: to think)?|let me think(?: about (?:that|it))?"
        r"(?: for a (?:moment|second|minute))?|i (?:need|have) to think(?: about (?:that|it))?",
    ),
    "pause": (
        _WANT + r"(?:pause|take a (?:short |quick )?(?:break|pause))(?: the interview)?(?: here| now)?(?: for a "
        r"(?:moment|minute|second|while))?",
        r"i need (?:a|to have a) (?:short |quick )?(?:break|pause)|" + _ASK + r"pause(?: the interview)?",
    ),
    "finish": (
        _WANT + r"(?:stop|end|finish|quit|leave|cancel)(?: with)? (?:the|this) (?:interview|call|conversation)"
        r"(?: here| now)?",
        _WANT + r"(?:stop|end|finish) (?:here|now)|" + _ASK + r"(?:stop|end|finish) (?:the|this) interview",
    ),
    "unknown": (
        r"(?:that i |i really |i honestly |i )?do not (?:really |actually )?know"
        r"(?: (?:that|it|the answer|what to say|how to answer(?: that)?))?",
        r"(?:i (?:really |honestly )?have )?no (?:idea|clue)|i have no answer(?: (?:to|for) that)?|(?:i am )?not sure",
        r"i (?:do not|cannot) remember|i have forgotten|(?:i )?cannot (?:answer|say)(?: that| it| this)?",
    ),
    "no_example": (
        r"(?:no )?i cannot think of (?:one|anything|an example|any example|any)(?: (?:right )?now| at the moment)?",
        r"(?:no )?i (?:do not|did not) (?:really )?have (?:an |any |much |such an )?(?:example|experience|one)"
        r"(?: (?:with|of|in|for|like) (?:that|this|it))?",
        r"(?:no )?i have (?:never|not)(?: ever)? (?:done|had|used|worked with|been in|seen)"
        r"(?: (?:that|this|it|one|such a (?:situation|case)|anything like (?:that|this|it)))?"
        r"(?: before| yet)?|nothing comes to mind",
        r"(?:no )?i have no (?:example|experience)(?: (?:with|of|in|for) (?:that|this|it))?",
    ),
    "yes": (
        r"(?:yes|yeah|yep|yup|sure|of course|please do|correct|right)(?: (?:yes|sure|please|do|thank you|you can))?",
    ),
    "no": (
        r"(?:no|nope|nothing|none|not really)(?: (?:no|thank you|thanks|i am (?:fine|good|done)))?",
        r"(?:no )?(?:no|i have no|i do not have(?: any| a)?)(?: more| further| other)?"
        r" questions?(?: (?:from me|at the moment|for now|right now|thank you|thanks))*",
        r"(?:no )?(?:that is (?:all|it|everything)|i think (?:that is )?(?:all|it|everything)"
        r"|nothing (?:else|more|from me))(?: (?:from me|for now|thank you|thanks))*",
    ),
}
_INTENTS: tuple[tuple[Intent, re.Pattern[str]], ...] = tuple(
    (intent, re.compile("|".join(f"(?:{pattern})" for pattern in patterns))) for intent, patterns in _PATTERNS.items()
)


_SIGNS = (
    "mm mhm mmhm hm huh uh yeah yes yep yup okay ok right sure alright all good great i see got it of course indeed "
    "exactly true nice hello hi thank you thanks ah oh the a and"
)
_BACKCHANNEL = frozenset(_SIGNS.split())
"""Signs of listening. The articles are what recognisers make of a breath."""
LONGEST_BACKCHANNEL = 4
"""Words."""


def is_backchannel(utterance: str) -> bool:
    """Does it only say "I am listening"? "Mm-hm", "okay, I see"; nothing at all too."""
    words = _WORD.findall(_plain(utterance).replace("-", " "))
    return len(words) <= LONGEST_BACKCHANNEL and all(word in _BACKCHANNEL for word in words)


def read(utterance: str) -> Intent | None:
    """What the whole utterance asks for, or None: it is an answer."""
    words = [word for raw in _WORD.findall(_plain(utterance)) for word in _CONTRACTIONS.get(raw, raw).split()]
    if not words or len(words) > LONGEST:
        return None
    bare = " ".join(_strip(words)) or " ".join(words)
    return next((intent for intent, pattern in _INTENTS if pattern.fullmatch(bare)), None)


def _plain(utterance: str) -> str:
    return utterance.lower().replace("\u2019", "'").replace("excuse me", "")


def _strip(words: list[str]) -> list[str]:
    first, last = 0, len(words)
    while first < last and words[first] in _EMPTY:
        first += 1
    while last > first and words[last - 1] in _EMPTY:
        last -= 1
    return words[first:last]
