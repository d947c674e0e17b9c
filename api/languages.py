"""In which languages can an interview be held here? The one place that answers: a job's and a kit's creation, the
evaluation and `foyer doctor` ask it.

Recogniser, voice and the interviewer's own sentences must know a language, or no interview is offered in it. Where only
the evaluator does not, it may be held, and its report is a transcript without scores.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.wiring import Engines
from interview import evaluate, phrases
from models.errors import BadRequest, EngineError
from models.languages import code_of

CURES = {
    "recogniser": "choose one that hears it with FOYER_VOICE__RECOGNISER, for example multilingual Whisper weights "
    "(`foyer models fetch base`, then FOYER_VOICE__RECOGNISER=base)",
    "voice": "choose one that speaks it with FOYER_VOICE__VOICE; the built-in espeak-ng speaks about a hundred",
    "interviewer": "write the kit in a language of the interviewer's own sentences",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What holds for one language. `lacking`: part -> what it knows instead, or why it does not work."""

    language: str
    lacking: dict[str, str]
    scored: bool

    @property
    def held(self) -> bool:
        return not self.lacking


def offer(engines: Engines, language: str) -> Offer:
    code = code_of(language)
    declared = _declared(engines)
    lacking = {
        part: known if isinstance(known, str) else _listed(known)
        for part, known in declared.items()
        if isinstance(known, str) or code not in known
    }
    return Offer(code, lacking, scored=is_scored(language))


def offered(engines: Engines) -> tuple[Offer, ...]:
    """Every language in which an interview can be held."""
    declared = [known for known in _declared(engines).values() if not isinstance(known, str)]
    common = frozenset.intersection(*declared) if declared else frozenset()
    offers = (offer(engines, code) for code in sorted(common))
    return tuple(one for one in offers if one.held)


def require(engines: Engines, language: str) -> None:
    """Raises BadRequest that names every part that lacks the language, and the cure."""
    found = offer(engines, language)
    if found.held:
        return
    parts = "; ".join(f"the {part} does not know it ({known}): {CURES[part]}" for part, known in found.lacking.items())
    raise BadRequest(f"No interview can be held in the language {language!r}: {parts}. `foyer doctor` lists what can.")


def is_scored(language: str) -> bool:
    return code_of(language) in evaluate.LANGUAGES


def _declared(engines: Engines) -> dict[str, frozenset[str] | str]:
    """What each part knows, or why it cannot be asked."""
    found: dict[str, frozenset[str] | str] = {}
    for part, engine in (("recogniser", lambda: engines.recogniser), ("voice", lambda: engines.voice)):
        try:
            found[part] = engine().languages
        except EngineError as error:
            found[part] = error.detail
    return {**found, "interviewer": frozenset(phrases.LANGUAGES)}


def _listed(known: frozenset[str]) -> str:
    return f"it knows {', '.join(sorted(known))}" if len(known) <= 12 else f"it knows {len(known)} others"
