"""What other systems tell of people, openings and outcomes becomes rows. Called by `api.reading`.

The same person from several systems is one candidate: known by that system's id of them, else by e-mail and a name that
is no other, else by telephone and the same name. Every way they came is kept with its date. What a system says
of a person's name and address outranks what their resume seems to say. Nothing here decides anything about anybody; the
sweep has those screened who are new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import people
from api.erasing import erase
from api.telling import TOLD, tell
from models.errors import Conflict
from models.exchange import CandidateIntake, JobIntake, Outcome
from models.records import Application, Candidate, Connection
from models.store import Store
from models.store.erasure import ALSO

if TYPE_CHECKING:
    from api.deps import App

WITHOUT_FILE = "No resume came along.txt"
WITHDRAWABLE = frozenset({"received", "unreadable", "screened", "advanced", "invited"})

APPLYING = frozenset({"application", "referral", "sourced"})
"""Origins of people who have an application there."""


class NotLinked(Conflict):
    """Somebody applied for an opening that belongs to no job here yet: it waits for a person to link it."""


class Intake:
    """Over one running App. Thread-safe; each call is a transaction of its own."""

    def __init__(self, app: App) -> None:
        self._app = app

    def take(
        self,
        row: Connection,
        item: CandidateIntake | JobIntake | Outcome,
        *,
        job_id: str | None = None,
        ordered: bool = False,
    ) -> str | None:
        """Returns the application's id, where it is about one. `job_id`: ours, where the order names it. Taking the
        same again changes nothing."""
        if isinstance(item, JobIntake):
            self._job(row, item)
            return None
        if isinstance(item, Outcome):
            return self._outcome(row, item)
        return self._person(row, item, job_id, ordered=ordered or item.ordered)

    def _job(self, row: Connection, job: JobIntake) -> None:
        data = {"text": job.text, "url": job.url, "open": job.open, "kind": job.kind}
        with self._app.database.store() as store:
            store.remember(row, "job", job.remote_id, title=job.title, data=data, now=self._app.now)

    # ------------------------------------------------------------ people

    def _person(self, row: Connection, person: CandidateIntake, job_id: str | None, *, ordered: bool) -> str:
        own, content = row.organisation_id, person.content or without_file(row.name, person)
        with self._app.database.store() as store:
            store.one_at_a_time(own)
            job_id = job_id or self._wanted(store, row, person)
            application = self._known_application(store, row, person)
            if application is not None:
                reach = {"name": person.name, "email": person.email, "phone": person.phone}
                store.reach_candidate(own, application.candidate_id, **reach)
            else:
                candidate, name = self._candidate(store, row, person), person.filename or WITHOUT_FILE
                application, fresh = people.case_of(
                    self._app, store, own, job_id, person, candidate, content=content, filename=name
                )
                if person.content and not fresh:
                    person = people.with_another_file(person, application)
            self._note(store, row, person, application)
            answers = [each.model_dump() for each in person.answers]
            store.mark_ordered(own, application.id, ordered=True if ordered else None, answers=answers)
        return application.id

    @staticmethod
    def _wanted(store: Store, row: Connection, person: CandidateIntake) -> str:
        job = store.remote(row, "job", person.remote_job_id or "")
        if job is None or job.local_id is None:
            title = job.title if job is not None else person.remote_job_id or "no opening"
            raise NotLinked(f"{title!r} is linked to no job here. Link it on the page of {row.name}, then read again.")
        return job.local_id

    @staticmethod
    def _known_application(store: Store, row: Connection, person: CandidateIntake) -> Application | None:
        if not person.external_id or person.origin not in APPLYING:  # of a pool's member it is the person's id
            return None
        remote = store.remote(row, "application", person.external_id)
        if remote is None or remote.local_id is None:
            return None
        return store.application(row.organisation_id, remote.local_id)

    def _candidate(self, store: Store, row: Connection, person: CandidateIntake) -> Candidate:
        remote = store.remote(row, "candidate", person.remote_candidate_id) if person.remote_candidate_id else None
        if remote is not None and remote.local_id is not None:
            return store.candidate(row.organisation_id, remote.local_id)
        return people.candidate_of(self._app, store, row.organisation_id, person)

    def _note(self, store: Store, row: Connection, person: CandidateIntake, application: Application) -> None:
        now, subject = self._app.now, application.candidate_id
        pool = f":{person.remote_job_id}" if person.origin == "pool" else ""
        if person.remote_candidate_id:
            store.remember(row, "candidate", person.remote_candidate_id, local_id=subject, now=now)
        if person.remote_candidate_id and person.remote_job_id and person.origin == "pool":
            store.came_from_pool(row, person.remote_candidate_id, person.remote_job_id, application, now=now)
        if person.external_id and person.origin in APPLYING:
            data = {"stage": person.stage, "url": person.profile_url}
            store.remember(
                row, "application", person.external_id, local_id=application.id, data=data, subject=subject, now=now
            )
        store.note_source(
            row.organisation_id,
            subject,
            key=f"{row.id}:{person.origin}:{person.external_id or person.remote_candidate_id or application.id}{pool}",
            source=f"{row.name}: {person.source}" if person.source != row.name else row.name,
            origin=person.origin,
            connection_id=row.id,
            application_id=application.id,
            at=person.applied_at or now,
            now=now,
        )

    # ------------------------------------------------------------ outcomes

    def _outcome(self, row: Connection, outcome: Outcome) -> str | None:
        if outcome.kind == "erased":
            self._erased(row, outcome)
            return None
        with self._app.database.store() as store:
            if outcome.kind == "merged":
                self._merged(store, row, outcome)
                return None
            application = self._meant(store, row, outcome)
            if application is None:
                return None
            since = [
                each
                for each in store.outcomes(row.organisation_id, application.id)
                if each.connection_id == row.id and each.at > outcome.at
            ]
            if outcome.stage and outcome.remote_application_id and not any(each.stage for each in since):
                self._stage(store, row, application, outcome)
            if _is_known(store, row, application, outcome):
                return application.id
            key = f"{row.id}:{outcome.kind}:{outcome.at.isoformat()}:{outcome.stage}"
            new = store.add_outcome(
                application,
                key=key,
                kind=outcome.kind,
                stage=outcome.stage,
                reason=outcome.reason,
                at=outcome.at,
                connection_id=row.id,
                now=self._app.now,
            )
            if new:
                taken_back = any(each.kind == "undone" for each in since)
                self._follow(store, row, application, outcome, key, stands=not taken_back)
            return application.id

    def _stage(self, store: Store, row: Connection, application: Application, outcome: Outcome) -> None:
        store.remember(
            row,
            "application",
            outcome.remote_application_id or "",
            data={"stage_name": outcome.stage},
            subject=application.candidate_id,
            now=self._app.now,
        )

    @staticmethod
    def _meant(store: Store, row: Connection, outcome: Outcome) -> Application | None:
        """By the application's id there; else by the person's and the opening's."""
        if outcome.remote_application_id:
            remote = store.remote(row, "application", outcome.remote_application_id)
            if remote is not None and remote.local_id is not None:
                return store.application(row.organisation_id, remote.local_id)
        person = store.remote(row, "candidate", outcome.remote_candidate_id or "")
        job = store.remote(row, "job", outcome.remote_job_id or "")
        if person is None or person.local_id is None or job is None or job.local_id is None:
            return None
        return store.application_for(row.organisation_id, person.local_id, job.local_id)

    def _follow(
        self, store: Store, row: Connection, application: Application, outcome: Outcome, key: str, *, stands: bool
    ) -> None:
        """Who withdrew there is not interviewed here; where somebody came from is told. `stands`: nothing that is known
        already has taken it back."""
        if outcome.kind == "withdrew" and stands and application.stage in WITHDRAWABLE:
            interview = store.interview_of(row.organisation_id, application.id)
            if interview is not None and interview.state == "invited":
                store.set_interview_state(
                    row.organisation_id, interview.id, "withdrawn", now=self._app.now, reason="candidate"
                )
            store.set_stage(row.organisation_id, application.id, "withdrawn", now=self._app.now)
        tell(store, application, outcome, key, by=row, now=self._app.now)

    def _merged(self, store: Store, row: Connection, outcome: Outcome) -> None:
        """There they are one person now: their newer id leads to whom we know by the older one. Two whom we know stay
        two, since each has a file and a history of their own; what becomes of the one there then holds for both."""
        remote = store.remote(row, "candidate", outcome.remote_candidate_id or "")
        if remote is None or remote.local_id is None or not outcome.into:
            return
        kept, now = store.remote(row, "candidate", outcome.into), self._app.now
        if kept is None or kept.local_id is None:
            store.remember(row, "candidate", outcome.into, local_id=remote.local_id, now=now)
        elif kept.local_id != remote.local_id:
            also = sorted({*(kept.data or {}).get(ALSO, ()), *(remote.data or {}).get(ALSO, ()), remote.local_id})
            store.remember(row, "candidate", outcome.into, data={ALSO: also}, subject=kept.local_id, now=now)

    def _erased(self, row: Connection, outcome: Outcome) -> None:
        with self._app.database.reading() as store:
            person = store.remote(row, "candidate", outcome.remote_candidate_id or "")
            case = store.remote(row, "application", outcome.remote_application_id or "")
            local = [person.local_id, *(person.data or {}).get(ALSO, ())] if person is not None else []
            if not any(local) and case is not None and case.local_id is not None:
                local = [store.application(row.organisation_id, case.local_id).candidate_id]
        for candidate_id in filter(None, local):
            erase(self._app, row.organisation_id, candidate_id, because=f"{row.name} erased this person")


def _is_known(store: Store, row: Connection, application: Application, outcome: Outcome) -> bool:
    """What a system said last is no news when it says it again with another date: not every one has a date of its own
    for it, and those who are told hear of it once."""
    said = [each for each in store.outcomes(row.organisation_id, application.id) if each.connection_id == row.id]
    return outcome.kind in TOLD and bool(said) and said[-1].kind == outcome.kind


def without_file(sender: str, person: CandidateIntake) -> bytes:
    """What stands in for a resume that did not come: a person sees at once that there is none."""
    known = [person.name or "", person.email or "", person.phone or ""]
    return "\n".join([*filter(None, known), f"{sender} sent no resume with this application."]).encode()
