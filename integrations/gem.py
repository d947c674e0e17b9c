"""Gem: a CRM whose projects are pools of people. It calls nobody, so it is asked (poll), and gets notes.

All of it is known from public clients of https://api.gem.com/v0, none of it from the vendor's own text: projects and
their members, candidates, resumes, notes, users, custom fields. Three things are unverified and stand apart at the end
of the class (`_field`, `_deleted`, `_note_body`): writing a custom field of a candidate, whether somebody deleted in
Gem is told of under the same id by its ATS half, and what a note calls its text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from integrations import summary
from integrations.auth import Headers
from integrations.crm import pool_for, pools, readable
from integrations.http import opening
from integrations.vendor import Vendor, always, containing, instant, reference, text_of
from models.engines import Service
from models.errors import PushRejected
from models.exchange import (
    About,
    CandidateIntake,
    Capabilities,
    Choice,
    Cursor,
    Finding,
    Handover,
    Item,
    JobIntake,
    Lookup,
    Mapped,
    Outcome,
    Outgoing,
    References,
    Request,
    Response,
    Setting,
    Target,
    Upload,
    Write,
)
from models.sentences import N_

AT_ONCE = 20
"""Ids in one filter."""
OVERLAP = 60
"""Seconds that two readings overlap: their clock is not ours."""
LONGEST_NOTE = 9_900
RESUMES = (".pdf", ".doc", ".docx")
LARGEST_RESUME = 2_000_000


class Gem(Vendor):
    about = About(
        vendor="gem",
        name="Gem",
        kind="crm",
        base_url="{base_url}",
        settings=(
            Setting("api_key", N_("API key"), N_("Gem: Settings > API keys."), secret=True),
            Setting(
                "application_secret", N_("Application secret"), N_("Of partner apps only."), secret=True, required=False
            ),
            Setting(
                "user_id",
                N_("Gem user id"),
                N_("Whose resumes are read and whom notes are by. Save without it: the test lists the ids."),
                listed=True,
            ),
            Setting(
                "deletions",
                N_("Hear of deletions"),
                N_("yes, where you use Gem's ATS as well."),
                required=False,
                default="no",
            ),
            Setting("base_url", N_("Address"), default="https://api.gem.com"),
        ),
        can=Capabilities(
            jobs="from public code",
            candidates="from public code",
            text="from public code",
            create="from public code",
            erasure="unverified",
            tell="from public code",
        ),
        mapped=(
            *pools("projects", "Project"),
            Mapped("field.result", N_("Text field of the candidate for the recommendation"), "fields"),
        ),
        register=(
            "Settings > API keys: make a key for Foyer. Gem calls nobody; Foyer asks it every few minutes.",
            "Put the people to be interviewed into a project, with a resume each, and link the project to a job below.",
        ),
    )

    def auth(self) -> Headers:
        secret = self.settings["application_secret"]
        return Headers({"x-api-key": self.settings["api_key"], **({"x-application-secret": secret} if secret else {})})

    def judge(self, response: Response) -> str | None:
        """Gem says what is wrong in "message" and, field by field, in "errors"."""
        if response.status < 400:
            return None
        try:
            said = response.json
        except ValueError:
            return opening(response)
        message = text_of(said, "message") if isinstance(said, Mapping) else ""
        errors = said.get("errors") if isinstance(said, Mapping) else None
        return f"{message} {json.dumps(errors)[:200] if errors else ''}".strip() or opening(response)

    # ------------------------------------------------------------ reading

    def _pages(self, service: Service, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """To the end: an X-Pagination header names the last page; without one, until a page is empty or the same."""
        page: int | None = 1
        before = None
        while page is not None:
            answer = service.send(page_of(path, page, **query))
            rows = answer.json or []
            if not rows or rows == before:
                return
            yield from rows
            page, before = next_page(answer, page), rows

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """The cursor holds the moment to read from and, in mid-reading, the pools that are read."""
        at = json.loads(since.token) if since is not None else {}
        began = at.get("began") or int(datetime.now(UTC).timestamp()) - OVERLAP
        after, read = int(at.get("after", 0)), list(at.get("read", ()))
        for project in self._pages(service, "v0/projects"):
            opened = not project.get("is_archived")
            yield JobIntake(remote_id=str(project["id"]), title=text_of(project, "name"), open=opened, kind="pool")
        for pool in jobs:
            if pool not in read:
                yield from self._members(pool, after, service)
                read.append(pool)
                yield Cursor(token=json.dumps({"after": after, "began": began, "read": read}))
        if self.settings["deletions"] == "yes":
            yield from self._deleted(after, service)
        yield Cursor(token=json.dumps({"after": began}))

    def _members(self, pool: str, after: int, service: Service) -> Iterator[Item]:
        """Who was added since, and of those before them who was changed since."""
        members = list(self._pages(service, f"v0/projects/{quote(pool, safe='')}/candidates"))
        new = [str(one["candidate_id"]) for one in members if int(one.get("added_at") or after) >= after]
        known = [str(one["candidate_id"]) for one in members if str(one["candidate_id"]) not in set(new)]
        for ids, changed in ((new, {}), (known, {"updated_after": str(after)})):
            for start in range(0, len(ids), AT_ONCE):
                wanted = ",".join(ids[start : start + AT_ONCE])
                for person in self._pages(service, "v0/candidates", candidate_ids=wanted, **changed):
                    yield from self._person(person, pool, service)

    def _person(self, person: Mapping[str, Any], pool: str, service: Service) -> Iterator[Item]:
        """Whoever has no resume in Gem waits for one: without it there is nothing to screen."""
        if person.get("deleted_at"):
            yield erased(person)
            return
        path = f"v0/candidates/{quote(str(person['id']), safe='')}/uploaded_resumes/{self.settings['user_id']}"
        resumes = [one for one in service.send(Request("GET", path)).json or () if one.get("download_url")]
        if resumes:
            newest = max(resumes, key=lambda one: one.get("created_at") or 0)
            file = service.send(Request("GET", str(newest["download_url"]), bare=True))
            yield member(person, pool, text_of(newest, "filename"), file.body)

    # ------------------------------------------------------------ writing

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result, candidate = outgoing.result, outgoing.target.candidate
        if not candidate:
            return ()
        found = [self._note("note", candidate, summary.note(result, LONGEST_NOTE), summary.marker(result))]
        field = outgoing.mapping.get("field.result")
        if field and result.type != "assessment.withdrawn":
            found.append(self._field(candidate, field, summary.WORDS[summary.recommendation(result)]))
        return found

    def tell(self, outcome: Outcome, target: Target, mapping: Mapping[str, str]) -> Sequence[Write]:
        """A note; and who was not selected goes back to a pool, who was hired into another. Nobody is taken out of one:
        that is for people."""
        if not target.candidate:
            return ()
        note = self._note("note", target.candidate, summary.outcome_note(outcome), summary.outcome_mark(outcome))
        pool = pool_for(outcome, target, mapping)
        return (note, self._membership("pool", lambda _: target.candidate, pool)) if pool else (note,)

    def _note(self, name: str, candidate: str, text: str, mark: str) -> Write:
        path = f"v0/candidates/{quote(candidate, safe='')}/notes"
        return Write(
            name,
            f"A note on candidate {candidate}.",
            always(Request("POST", "v0/notes", json=self._note_body(candidate, text))),
            containing(page_of(path, 1), mark, lambda answer: following(answer, path)),
            reference("id"),
        )

    def _membership(self, name: str, whose: Callable[[References], str], project: str) -> Write:
        """Looks first: Gem refuses to add somebody who is there."""
        path = f"v0/projects/{quote(project, safe='')}/candidates"

        def put(done: References) -> Request:
            return Request("PUT", path, json={"candidate_ids": [whose(done)], "user_id": self.settings["user_id"]})

        there = Lookup(
            lambda done: Request("GET", f"v0/candidates/{quote(whose(done), safe='')}"),
            lambda response: "" if project in (response.json.get("project_ids") or ()) else None,
        )
        return Write(name, f"Put them into project {project}.", put, there, look_first=True)

    def create(self, handover: Handover) -> Sequence[Write]:
        """Gem has no applications: being in the project is one, and has no id."""
        person = handover.candidate
        first, _, last = (person.name or "Name unknown").rpartition(" ")
        body: dict[str, Any] = {"created_by": self.settings["user_id"], "first_name": first or last, "last_name": last}
        if person.email:
            body["emails"] = [{"email_address": person.email, "is_primary": True}]
        if person.phone:
            body["phone_number"] = person.phone
        known = Request("GET", "v0/candidates", query=(("email", person.email or ""),))
        create = Write(
            "candidate",
            f"Create {person.name}.",
            always(Request("POST", "v0/candidates", json=body)),
            Lookup(always(known), lambda response: with_email(response, person.email)) if person.email else None,
            reference("id"),
            look_first=True,
        )
        joins = self._membership("application", lambda done: done["candidate"], handover.job)
        fits = person.filename.lower().endswith(RESUMES) and 0 < len(person.content) <= LARGEST_RESUME
        return (create, joins, self._resume(person)) if fits else (create, joins)

    def _resume(self, person: CandidateIntake) -> Write:
        def path(done: Mapping[str, str]) -> str:
            return f"v0/candidates/{quote(done['candidate'], safe='')}/uploaded_resumes/{self.settings['user_id']}"

        file = Upload(person.filename, person.content, "application/octet-stream")
        return Write(
            "resume",
            "Their resume.",
            lambda done: Request("POST", path(done), files={"resume_file": file}),
            Lookup(
                lambda done: Request("GET", path(done)),
                lambda response: "found" if person.filename.encode() in response.body else None,
            ),
            reference("id"),
            look_first=True,
        )

    # ------------------------------------------------------------ unverified

    def _note_body(self, candidate: str, text: str) -> dict[str, Any]:
        """Clients differ in what they call the text ("body", "content")."""
        return {"candidate_id": candidate, "user_id": self.settings["user_id"], "body": text, "is_private": False}

    @staticmethod
    def _field(candidate: str, field: str, value: str) -> Write:
        body = {"custom_fields": [{"id": field, "scope": "team", "value": value}]}
        request = Request("PUT", f"v0/candidates/{quote(candidate, safe='')}", json=body)
        return Write("field", f"The recommendation in a field of candidate {candidate}.", always(request))

    def _deleted(self, after: int, service: Service) -> Iterator[Item]:
        since = datetime.fromtimestamp(after, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        for person in self._pages(service, "ats/v0/candidates", updated_after=since, include_deleted="true"):
            if person.get("deleted_at"):
                yield erased(person)

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        for path in ("v0/projects", "v0/candidates", "v0/custom_fields"):
            yield readable(service, path, "Give the key access, or make a new one under Settings > API keys.")
        try:
            users = {each.id for each in self._choices(service, "v0/users")}
        except PushRejected as refused:
            yield Finding(ok=False, what=refused.detail, cure="Give the key access to users.")
        else:
            known = self.settings["user_id"] in users
            cure = "" if known else f"Enter the id of one of: {', '.join(sorted(users))[:300]}."
            chosen = self.settings["user_id"]
            what = f"Gem knows the user {chosen}." if known else f"Gem knows no user {chosen}."
            yield Finding(known, what if chosen else "No Gem user is entered yet.", cure)
        if self.settings["deletions"] == "yes":
            cure = "Set 'Hear of deletions' to no, unless you use Gem's ATS."
            yield readable(service, "ats/v0/candidates", cure, page="1", include_deleted="true")
        else:
            cure = "Set 'Hear of deletions' to yes where you use Gem's ATS; else delete people in Foyer as well."
            yield Finding(ok=False, what="Who is deleted in Gem is not heard of.", cure=cure)

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        return {
            "projects": self._choices(service, "v0/projects"),
            "fields": self._choices(service, "v0/custom_fields", scope="team"),
        }

    def _choices(self, service: Service, path: str, **query: str) -> list[Choice]:
        return [Choice(str(one["id"]), text_of(one, "name")) for one in self._pages(service, path, **query)]


# ---------------------------------------------------------------- theirs -> ours


def member(person: Mapping[str, Any], pool: str, filename: str, content: bytes) -> CandidateIntake:
    emails = person.get("emails") or []
    first = next((one for one in emails if one.get("is_primary")), emails[0] if emails else {})
    added = person.get("created_at")
    return CandidateIntake(
        filename=filename or "resume",
        content=content,
        name=f"{text_of(person, 'first_name')} {text_of(person, 'last_name')}".strip() or None,
        email=text_of(first, "email_address") or None,
        phone=text_of(person, "phone_number") or None,
        external_id=str(person["id"]),
        source="Gem",
        origin="pool",
        remote_candidate_id=str(person["id"]),
        remote_job_id=pool,
        applied_at=datetime.fromtimestamp(added, UTC) if isinstance(added, int) else None,
        profile_url=text_of(person, "weblink"),
    )


def erased(person: Mapping[str, Any]) -> Outcome:
    said = person["deleted_at"]
    at = datetime.fromtimestamp(said, UTC) if isinstance(said, int) else instant(str(said))
    return Outcome(kind="erased", at=at or datetime.now(UTC), remote_candidate_id=str(person["id"]))


def page_of(path: str, page: int, **query: str) -> Request:
    return Request("GET", path, query=(*query.items(), ("page", str(page)), ("page_size", "100")))


def next_page(answer: Response, page: int) -> int | None:
    """None after the last, as far as an X-Pagination header says which is the last."""
    try:
        last = json.loads(answer.headers.get("x-pagination", "{}")).get("total_pages")
    except (ValueError, AttributeError):
        last = None
    return None if isinstance(last, int) and page >= last else page + 1


def following(answer: Response, path: str) -> Request | None:
    """The next page of a list that says where it stands."""
    try:
        page = int(json.loads(answer.headers["x-pagination"])["page"])
    except (ValueError, KeyError, TypeError):
        return None
    after = next_page(answer, page)
    return page_of(path, after) if after is not None else None


def with_email(response: Response, email: str | None) -> str | None:
    """Gem finds parts of addresses too: only the same one counts."""
    for person in response.json or ():
        if any(text_of(one, "email_address").lower() == (email or "").lower() for one in person.get("emails") or ()):
            return str(person["id"])
    return None
