"""The facts of `foyer dossier`, gathered from settings, database, engines and the validation cards shipped, and its
files written. What the documents say is `compliance.dossier`'s and the templates' (`web/templates/dossier`)."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from api import agreeing
from api.access import ROLES
from api.deps import App
from api.languages import offered
from api.legal import law_of, shown
from compliance.dossier import TITLES, Card, blank_answers, dossier, read_answers, read_card
from interview.plan import MADE_IN
from interview.scoring import Weights
from models.errors import BadRequest, EngineError, FoyerError
from models.records import Job
from models.settings import ROOT, Settings
from models.store import Store

TEMPLATES = ROOT / "web" / "templates" / "dossier"
CARDS = {
    "Ratings of interviews": ROOT / "docs" / "evaluation.md",
    "Names of skills in job ads": ROOT / "matching" / "tagger.md",
}
HASHED = (
    "interview/evaluate_coefficients.json",
    "interview/prompts/*.md",
    "interview/kits/*.toml",
    "screening/*.json",
    "matching/*.npz",
)
"""What rates and asks: a change of it makes another dossier."""
SECRET = re.compile(r"(key|password|user|secret|token)$")
FACTS = "facts.json"
QUESTIONS = "answers.toml"


def write(app: App, organisation_id: str, folder: Path, answers: Path | None, *, draft: bool) -> list[Path]:
    """The documents, the facts as JSON and, of a draft, the questions that are open. Nothing is written where anything
    is missing. Raises BadRequest that names it all."""
    given = read_answers(answers.read_text("utf-8")) if answers is not None else {}
    found = facts(app, organisation_id)
    templates = {name: (TEMPLATES / f"{name}.md").read_text("utf-8") for name in TITLES}
    texts = {f"{name}.md": text for name, text in dossier(found, given, templates, draft=draft).items()}
    texts[FACTS] = json.dumps(found | {"answers": given, "draft": draft}, ensure_ascii=False, indent=2, default=_json)
    if draft and (questions := blank_answers(given)):
        texts[QUESTIONS] = questions
    folder.mkdir(parents=True, exist_ok=True)
    if draft and answers is not None and answers.resolve() == (folder / QUESTIONS).resolve():
        texts.pop(QUESTIONS, None)  # somebody is filling that one in
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]


def facts(app: App, organisation_id: str) -> dict[str, Any]:
    """JSON types, but for the cards; no secret and nobody's personal data among them."""
    with app.database.reading() as store:
        organisation = store.organisation(organisation_id)
        jobs = store.jobs(organisation_id)
        systems, roles = _systems(store, organisation_id), _roles(store, organisation_id)
        agreed = agreeing.lines(agreeing.validations(store, organisation_id))
    places = [*(organisation.jurisdictions or []), *(code for job in jobs for code in job.jurisdictions or [])]
    law = shown(law_of(app.settings), list(dict.fromkeys(places)), app.now.date())
    audit = next(one for one in law["retention"] if one["record_class"] == "audit")
    return {
        "made_at": app.now.date().isoformat(),
        "organisation": organisation.name,
        "version": version("foyer"),
        "platform": f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
        "settings": settings_shown(app.settings),
        "engines": _engines(app),
        "hashes": hashes(),
        "jobs": [_job(job) for job in jobs],
        "datasets": _datasets(),
        "cards": cards(),
        "limits": honest_limits(),
        "agreement": agreed,
        "law": law,
        "audit_days": "until somebody deletes it" if audit["days"] is None else f"{audit['days']} days",
        "purges": organisation.purges,
        "systems": systems,
        "roles": roles,
        "keys_count": sum(one["keys"] for one in roles),
    }


# ---------------------------------------------------------------- what is configured


def settings_shown(settings: Settings) -> dict[str, str]:
    """Variable -> value, without anything that opens a door: of secrets whether they are set, of addresses neither
    user nor query, of a command only its languages."""
    found: dict[str, str] = {}

    def walk(model: BaseModel, prefix: str) -> None:
        for name in type(model).model_fields:
            value = getattr(model, name)
            if isinstance(value, BaseModel):
                walk(value, f"{prefix}{name.upper()}__")
            elif SECRET.search(name):
                found[prefix + name.upper()] = "set" if value else "not set"
            else:
                found[prefix + name.upper()] = _harmless(str(value))

    walk(settings, "FOYER_")
    return found


def _harmless(value: str) -> str:
    if value.startswith("command:"):
        return ":".join(value.split(":")[:2]) + ":a command"
    return re.sub(r"[?#].*$", "", re.sub(r"//\S*@", "//", value)) if "://" in value else value


def _engines(app: App) -> dict[str, str]:
    """Part -> what runs there, or why it cannot be told."""
    engines = app.engines

    def model(part: Callable[[], Any]) -> Callable[[], str]:
        return lambda: found.name if (found := part()) is not None else "none"

    asked: dict[str, Callable[[], str]] = {
        "embedder": lambda: engines.embedder.name,
        "recogniser": lambda: engines.recogniser.name,
        "voice": lambda: engines.voice.name,
        "end of answers": lambda: engines.turn_detector.name,
        "ratings": lambda: f"Foyer's own, coefficients {_coefficients()}",
        "follow-ups": model(lambda: engines.language_model),
        "second rater": model(lambda: engines.second_rater),
        "languages": lambda: (
            ", ".join(one.language if one.scored else f"{one.language} (not scored)" for one in offered(engines))
            or f"none; kits are made in {MADE_IN}"
        ),
    }
    return {part: _told(name) for part, name in asked.items()}


def _told(name: Callable[[], str]) -> str:
    try:
        return name()
    except EngineError as error:
        return f"does not work: {error.detail}"


def _job(job: Job) -> dict[str, Any]:
    plan = json.dumps(job.plan, sort_keys=True).encode() if job.plan else b""
    return {
        "title": job.title,
        "state": job.state,
        "threshold": job.threshold,
        "jurisdictions": job.jurisdictions or ["the organisation's"],
        "plan_version": job.plan_version or "none yet",
        "plan_sha256": hashlib.sha256(plan).hexdigest() if plan else "none",
    }


def _systems(store: Store, organisation_id: str) -> list[dict[str, str]]:
    said = {True: "yes", False: "no"}
    connected = [
        {"name": one.name, "kind": one.vendor, "enabled": said[one.enabled], "may_decide": said[one.may_decide]}
        for one in store.connections(organisation_id)
    ]
    return connected + [
        {
            "name": one.description or "results by webhook",
            "kind": f"webhook to {urlsplit(one.url).hostname}",
            "enabled": said[one.enabled],
            "may_decide": "no",
        }
        for one in store.endpoints(organisation_id)
    ]


def _roles(store: Store, organisation_id: str) -> list[dict[str, Any]]:
    count = Counter(key.role for key in store.api_keys(organisation_id) if key.revoked_at is None)
    return [{"role": role, "scopes": sorted(scopes), "keys": count[role]} for role, scopes in ROLES.items()]


# ---------------------------------------------------------------- what is shipped


def hashes() -> dict[str, str]:
    """File -> sha256, hex."""
    files = [path for pattern in HASHED for path in sorted(ROOT.glob(pattern))]
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def cards() -> list[Card]:
    """Raises FoyerError where the card of the ratings is not of the coefficients that rate."""
    found = [read_card(path.read_text("utf-8"), name) for name, path in CARDS.items()]
    if found[0].version != _coefficients():
        raise FoyerError(
            f"The validation card is of version {found[0].version} of the coefficients, but version {_coefficients()} "
            "rates. Measure it anew: `python -m tests.bench.evaluation`, then docs/evaluation.md."
        )
    return found


def honest_limits() -> str:
    """What the README owns up to. Raises BadRequest where it owns up to nothing."""
    part = (ROOT / "README.md").read_text("utf-8").partition("\n## Honest limits\n")[2]
    limits = part.partition("\n## ")[0].partition("\nWhat Foyer leaves to its neighbours")[0].strip()
    if not limits:
        raise BadRequest("The README has no honest limits.")
    return re.sub(r"\[([^]]+)\]\((?!https?:)[^)]+\)", r"\1", limits)


def _coefficients() -> str:
    return Weights.load().version


def _datasets() -> Sequence[dict[str, str]]:
    found = tomllib.loads((ROOT / "compliance" / "datasets.toml").read_text("utf-8"))
    return [{"name": name, "made": "nothing", **row} for name, row in found.items() if name != "blocked"]


def _json(value: Any) -> Any:
    if isinstance(value, Card):
        return {
            "name": value.name,
            "version": value.version,
            "data": value.data,
            "tables": [{"head": table.head, "rows": table.rows} for table in value.tables],
            "limits": value.limits,
        }
    raise TypeError(type(value).__name__)
