"""One person, one history. Called by `api.intake` (connected systems), `api.incoming` (any other system) and
`api.stages` (uploads, once they are read).

What a system says of somebody is believed: its own id of them; else their e-mail address, where the names do not speak
against it (an agency's mailbox); else their telephone number under the same name (a family shares one). Whoever is
known so is one candidate with every way they came, and one case for each job.

What only a file says is believed less, since it can name an agency or a referee. An upload joins somebody known to a
system when address or number and name agree and they have no case with that job yet. Two files of one job are never put
together: each says of the other that it has the same address (`Store.sources_beside`), and a person decides.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from models.exchange import CandidateIntake
from models.records import Application, Candidate, email_key
from models.store import Store
from screening.duplicates import same_name

if TYPE_CHECKING:
    from api.deps import App

MORE = "with another file, which is not read: there is one of theirs for this job"


def known(
    store: Store, organisation_id: str, *, name: str | None, email: str | None, phone: str | None
) -> list[Candidate]:
    """Who that can be, the likeliest first. An address is enough where the names do not speak against it; a number is
    not, which families and agencies share: the name must be the same."""
    return [
        one
        for one in store.people_at(organisation_id, email, phone)
        if (same := same_name(one.name or "", name or "")) is not False and (same is True or _has(one, email))
    ]


def _has(candidate: Candidate, email: str | None) -> bool:
    return bool(email and candidate.email) and email_key(candidate.email or "") == email_key(email or "")


def candidate_of(app: App, store: Store, organisation_id: str, person: CandidateIntake) -> Candidate:
    """Somebody known, or new."""
    said = {"name": person.name, "email": person.email, "phone": person.phone}
    found = known(store, organisation_id, **said)
    return found[0] if found else store.add_candidate(organisation_id, **said, now=app.now)


def case_of(
    app: App,
    store: Store,
    organisation_id: str,
    job_id: str,
    person: CandidateIntake,
    candidate: Candidate,
    *,
    content: bytes,
    filename: str,
) -> tuple[Application, bool]:
    """The candidate's case with a job, and whether it is new. How to reach them is as `person` says."""
    store.reach_candidate(organisation_id, candidate.id, name=person.name, email=person.email, phone=person.phone)
    there = store.application_for(organisation_id, candidate.id, job_id)
    if there is not None:
        return there, False
    made = store.add_application(
        organisation_id,
        job_id,
        filename=filename,
        sha256=app.files.put(content, subject=candidate.id),
        size=len(content),
        media_type="application/octet-stream",
        batch_id=None,
        source=person.source[:100],
        external_id=person.external_id,
        candidate=candidate,
        now=app.now,
    )
    return made, True


def with_another_file(person: CandidateIntake, case: Application) -> CandidateIntake:
    """Their source then says that this file is not the one that the case is judged by."""
    if hashlib.sha256(person.content).hexdigest() == case.document.sha256:
        return person
    return person.model_copy(update={"source": f"{person.source} ({MORE})"})


def recognise(app: App, organisation_id: str, application_id: str) -> None:
    """An upload was read, so its address is known: whose is it? Asking again changes nothing."""
    with app.database.reading() as store:
        application = store.application(organisation_id, application_id)
        own = application.candidate
        if application.source != "upload" or len(store.people_at(organisation_id, own.email, own.phone)) < 2:
            return
    files: list[str] = []
    with app.database.store() as store:
        store.one_at_a_time(organisation_id)
        own = store.application(organisation_id, application_id).candidate
        former, bare = own.id, store.has_only_come(organisation_id, application_id)
        if not store.came_by_upload_alone(organisation_id, former):
            return
        for one in known(store, organisation_id, name=own.name, email=own.email, phone=own.phone):
            told = not store.came_by_upload_alone(organisation_id, one.id)
            if told and store.application_for(organisation_id, one.id, application.job_id) is None:
                files = _adopt(app, store, organisation_id, application_id, former, one.id)
                break
    if files and bare:  # all there was of them is somebody else's now, sealed for whom it is
        app.database.seal.destroy(former)
    for sha256 in files:  # not before the rows are committed: who is killed there has the file still
        app.files.drop(sha256, subject=former)


def _adopt(app: App, store: Store, organisation_id: str, application_id: str, former: str, known_id: str) -> list[str]:
    """With the files, of which each has a copy of their own. Returns those whose former copies are to go."""
    files = store.adopt(organisation_id, application_id, known_id)
    for sha256 in files:
        app.files.put(app.files.get(sha256, subject=former), subject=known_id)
    return files
