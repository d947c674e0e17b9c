"""The one door to the vault of voluntary answers (`models.vault`). Candidates give, read and take back their own; what
is counted goes to `api.impact` and leaves it in groups of five and more; an erasure deletes.

An import contract names who may come here. Nothing that reads, scores, interviews, reports, reviews or decides does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from api.security import kept_secret
from compliance.categories import ASKED
from models.db import parse
from models.places import Place
from models.settings import Settings
from models.vault import SCHEMA, Vault, metadata

if TYPE_CHECKING:
    from api.deps import App

KEY = "vault.key"


def keep(app: App, organisation_id: str, candidate_id: str, answers: Mapping[str, str]) -> bool:
    """What a candidate says of themselves, in place of what they said before. False: nothing, so nothing is kept.
    Raises NotFound for somebody who was erased."""
    said = {axis: answers[axis] for axis, names in ASKED.items() if answers.get(axis) in names}
    if not said:
        _vault(app).forget(organisation_id, candidate_id)
        return False
    with app.database.store() as store:
        store.one_at_a_time(organisation_id)  # an erasure does so too: it comes before, or finds what is kept here
        store.candidate(organisation_id, candidate_id)
        _vault(app).keep(organisation_id, candidate_id, said, app.now)
    return True


def own(app: App, organisation_id: str, candidate_id: str) -> dict[str, str] | None:
    """For the candidate's own eyes."""
    found = _vault(app).own(organisation_id, candidate_id)
    return None if found is None else found[0]


def forget(app: App, organisation_id: str, candidate_id: str) -> None:
    """Part of an erasure; nobody's answers are no error."""
    _vault(app).forget(organisation_id, candidate_id)


def counted(
    app: App, organisation_id: str, candidate_ids: Collection[str], *, before: datetime, actor: str, purpose: str
) -> dict[str, dict[str, str]]:
    """Candidate -> axis -> category. Only to be counted; who had it done stands in the vault and in the audit log."""
    _deed(app, organisation_id, actor, purpose)
    found = _vault(app).counted(
        organisation_id, candidate_ids, before=before, actor=actor, purpose=purpose, now=app.now
    )
    return found


def noted(app: App, organisation_id: str, *, actor: str, purpose: str) -> None:
    """Somebody sees figures that were counted a little earlier: that stands where a counting stands."""
    _deed(app, organisation_id, actor, purpose)
    _vault(app).note(organisation_id, actor=actor, purpose=purpose, now=app.now)


def _deed(app: App, organisation_id: str, actor: str, purpose: str) -> None:
    facts = {"purpose": purpose, "by": actor}
    with app.database.store() as store:
        store.record_deed(organisation_id, "impact.counted", kind="organisation", of=organisation_id, details=facts)


def kept_apart(settings: Settings) -> Place:
    """Where they lie, for a move of all there is: as they are, opened by nobody."""
    url = _url(settings)
    return Place(parse(url), metadata, None if url.startswith("sqlite") else SCHEMA)


def _vault(app: App) -> Vault:
    return Vault(_url(app.settings), kept_secret(app.settings.home, KEY).encode())


def _url(settings: Settings) -> str:
    url = settings.store_url
    return f"sqlite:///{settings.home.resolve() / 'vault.db'}" if url.startswith("sqlite") else url
