"""Loxo: a CRM with jobs. Its lists are pools of people, its jobs have candidates; results are activities of the person.

Documented by the vendor: address, bearer key, people with scrolling, lists, jobs, activities, stages, webhooks as
such. Known from public clients: the bodies of activities, people, resumes, documents. Unverified, and in methods of
their own: how the members of a list are asked for (`_members`), how somebody is put into one (`loxo_writing.joins`),
what a candidate says of their stage (`loxo_rows.stage_of`), and what a webhook holds (`serve`): it is taken as a hint
only, everything is fetched anew. Webhooks carry no signature that is documented; a key in their address stands in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations import summary
from integrations.auth import Headers
from integrations.crm import pool_for, pools, readable
from integrations.loxo_rows import changed, following, hint, intake, refusal, rows, stage_of
from integrations.loxo_writing import LIST, activity, added, created, decided, document, joins, resume
from integrations.paging import Turning
from integrations.signatures import check_key
from integrations.vendor import Vendor, body_of, instant, plain, text_of
from models.engines import Desk, Service
from models.errors import NotFound, PushRejected
from models.exchange import (
    About,
    Capabilities,
    Choice,
    Cursor,
    Decision,
    Finding,
    Handover,
    Inbound,
    Item,
    JobIntake,
    Mapped,
    Outcome,
    Outgoing,
    Reply,
    Request,
    Response,
    Setting,
    Target,
    Write,
)
from models.sentences import N_

OVERLAP = timedelta(minutes=2)
LONG_AGO = "2000-01-01T00:00:00+00:00"


class Loxo(Vendor):
    about = About(
        vendor="loxo",
        name="Loxo",
        kind="crm",
        base_url="{address}/api/{slug}",
        settings=(
            Setting("api_key", N_("API key"), N_("Loxo: Settings > API Keys (a paid option)."), secret=True),
            Setting("slug", N_("Agency slug"), N_("As in Settings, not the number in the browser's address.")),
            Setting(
                "activity_type",
                N_("Activity type of notes"),
                N_("Its id. Save without it: the test lists them."),
                listed=True,
            ),
            Setting(
                "hook_key",
                N_("Key of the webhook"),
                N_("Any long random text; empty: none."),
                secret=True,
                required=False,
            ),
            Setting(
                "hired_stages", N_("Stages that mean hired"), N_("Their names, with commas."), default="Placed, Hired"
            ),
            Setting(
                "rejected_stages",
                N_("Stages that mean not selected"),
                N_("Likewise."),
                default="Rejected, Not selected",
            ),
            Setting(
                "address", N_("Address"), N_("Your own domain, if Loxo gave you one."), default="https://app.loxo.co"
            ),
        ),
        can=Capabilities(
            jobs="documented",
            candidates="from public code",
            webhooks="unverified",
            text="documented",
            pdf="from public code",
            create="from public code",
            decide="from public code",
            outcomes="unverified",
            erasure="unverified",
            tell="documented",
        ),
        mapped=(
            *pools("lists", "List"),
            Mapped(
                "activity.added", N_("Activity that adds a person to a job (people whom Foyer creates)"), "activities"
            ),
            Mapped("activity.advance", N_("Activity after a person advances somebody"), "activities"),
            Mapped("activity.reject", N_("Activity when a person rejects somebody"), "activities"),
        ),
        register=(
            "Settings > API Keys: make a key for Foyer.",
            "Optional, by API: webhooks for candidate (create, update) and person (destroy) with the endpoint_url "
            "{url}/hook?key=KEY, where KEY is the key of the webhook above. Without them Foyer asks every few minutes.",
        ),
    )

    def auth(self) -> Headers:
        return Headers({"authorization": f"Bearer {self.settings['api_key']}"})

    def judge(self, response: Response) -> str | None:
        return refusal(response)

    # ------------------------------------------------------------ what Loxo calls

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        """Who, and in which job. The same again on the same day is one: the next reading sees what it would have."""
        check_key(inbound.query.get("key", ""), self.settings["hook_key"])
        if inbound.path != "hook":
            raise NotFound("Loxo has nothing to call here but /hook.")
        event = hint(body_of(inbound))
        if event["id"]:
            said = hashlib.sha256(inbound.body).hexdigest()
            desk.keep(f"{said}:{inbound.now:%Y-%m-%d}", event)
        return Reply()

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        type, action, id, job = (str(event.get(key, "")) for key in ("type", "action", "id", "job"))
        if type == "person" and action in ("destroy", "delete") and self._gone(id, service):
            yield Outcome(kind="erased", at=datetime.now(UTC), remote_candidate_id=id)
        elif type == "candidate" and job and action != "destroy":
            found = service.send(Request("GET", f"jobs/{job}/candidates/{id}")).json
            yield from self._candidate(found.get("candidate") or found, job, self._stages(service), service)

    @staticmethod
    def _gone(id: str, service: Service) -> bool:
        """For an id that it does not know Loxo answers 404, or 200 and null."""
        try:
            return service.send(Request("GET", f"people/{id}")).json is None
        except PushRejected as refused:
            if refused.answered != 404:
                raise
        return True

    # ------------------------------------------------------------ reading

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """Nothing tells who joined a list when, so the cursor holds whom we have seen in each."""
        at = json.loads(since.token) if since is not None else {}
        began = (datetime.now(UTC) - OVERLAP).isoformat(timespec="seconds")
        after, seen = at.get("after", LONG_AGO), {pool: set(ids) for pool, ids in at.get("seen", {}).items()}
        yield from self._openings(service)
        stages = self._stages(service)
        for pool in jobs:
            known = seen.setdefault(pool, set())
            yield from (
                self._list(pool, known, after, service)
                if pool.startswith(LIST)
                else self._job(pool, known, after, stages, service)
            )
            yield Cursor(token=self._token(after, seen))
        yield Cursor(token=self._token(began, {pool: seen[pool] for pool in jobs}))

    @staticmethod
    def _token(after: str, seen: Mapping[str, set[str]]) -> str:
        return json.dumps({"after": after, "seen": {pool: sorted(ids) for pool, ids in seen.items()}})

    def _openings(self, service: Service) -> Iterator[Item]:
        for one in rows(service.send(Request("GET", "person_lists")), "person_lists"):
            yield JobIntake(remote_id=f"{LIST}{one['id']}", title=text_of(one, "name"), kind="pool")
        page, before, turning = 1, None, Turning()
        while True:
            query = (("page", str(page)), ("per_page", "100"))
            found = rows(service.send(Request("GET", "jobs", query=query)), "results")
            if not found or found == before:
                return
            turning(found)
            for job in found:
                status = (text_of(job, "status", "name") or text_of(job, "status") or "active").lower()
                yield JobIntake(
                    remote_id=str(job["id"]),
                    title=text_of(job, "title"),
                    text=plain(text_of(job, "description")),
                    url=text_of(job, "public_url"),
                    open=status in ("active", "open"),
                )
            page, before = page + 1, found

    @staticmethod
    def _scroll(service: Service, path: str, name: str, **query: str) -> Iterator[dict[str, Any]]:
        request: Request | None = Request("GET", path, query=tuple(query.items()))
        turning = Turning()
        while request is not None:
            turning(request)
            answer = service.send(request)
            found = rows(answer, name)
            yield from found
            request = following(request)(answer) if found else None

    def _members(self, list_id: str, service: Service) -> Iterator[dict[str, Any]]:
        """Unverified: that people can be asked for by list."""
        return self._scroll(service, "people", "people", list_id=list_id)

    def _list(self, pool: str, seen: set[str], after: str, service: Service) -> Iterator[Item]:
        """Whoever has no resume in Loxo waits for one: without it there is nothing to screen."""
        for person in self._members(pool.removeprefix(LIST), service):
            id = str(person["id"])
            if id in seen and not changed(person, after):
                continue
            filename, content = self._file(id, service)
            if content:
                seen.add(id)
                yield intake(person, filename, content, pool)

    def _job(self, job: str, seen: set[str], after: str, stages: Mapping[str, str], service: Service) -> Iterator[Item]:
        for candidate in self._scroll(service, f"jobs/{job}/candidates", "candidates"):
            if str(candidate["id"]) not in seen or changed(candidate, after):
                yield from self._candidate(candidate, job, stages, service)
                seen.add(str(candidate["id"]))

    def _candidate(
        self, candidate: Mapping[str, Any], job: str, stages: Mapping[str, str], service: Service
    ) -> Iterator[Item]:
        id = str(candidate["person_id"])
        found = service.send(Request("GET", f"people/{id}")).json
        if found is None:
            return
        filename, content = self._file(id, service)
        stage = stage_of(candidate, stages)
        yield intake(found.get("person") or found, filename, content, job, candidate, stage)
        words = {"hired": self.settings["hired_stages"], "rejected": self.settings["rejected_stages"]}
        for kind, names in words.items():
            if stage and stage.lower() in [each.strip().lower() for each in names.split(",")]:
                yield Outcome(
                    kind="hired" if kind == "hired" else "rejected",
                    at=instant(text_of(candidate, "updated_at")) or datetime.now(UTC),
                    remote_application_id=str(candidate["id"]),
                    remote_candidate_id=id,
                    remote_job_id=job,
                    stage=stage,
                )

    @staticmethod
    def _file(person: str, service: Service) -> tuple[str, bytes]:
        found = rows(service.send(Request("GET", f"people/{person}/resumes")), "resumes")
        if not found:
            return "", b""
        newest = max(found, key=lambda one: (text_of(one, "created_at"), int(one["id"])))
        file = service.send(Request("GET", f"people/{person}/resumes/{newest['id']}/download"))
        return text_of(newest, "name") or text_of(newest, "file_name") or "resume", file.body

    @staticmethod
    def _stages(service: Service) -> dict[str, str]:
        found = rows(service.send(Request("GET", "workflow_stages")), "workflow_stages")
        return {str(one["id"]): text_of(one, "name") for one in found}

    # ------------------------------------------------------------ writing

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result, target = outgoing.result, outgoing.target
        if not target.candidate:
            return ()
        note = self._note("note", target, summary.note(result), summary.marker(result))
        if outgoing.pdf is None:
            return (note,)
        return (note, document(target.candidate, summary.filename(result), outgoing.pdf))

    def _note(self, name: str, target: Target, text: str, mark: str, type_id: str = "") -> Write:
        says = f"An activity of person {target.candidate}."
        type_id = type_id or self.settings["activity_type"]
        return activity(name, says, type_id, lambda _: target.candidate, target.job, text, mark)

    def tell(self, outcome: Outcome, target: Target, mapping: Mapping[str, str]) -> Sequence[Write]:
        """A note; and who was not selected goes back to a list, who was hired into another."""
        if not target.candidate:
            return ()
        note = self._note("note", target, summary.outcome_note(outcome), summary.outcome_mark(outcome))
        pool = pool_for(outcome, target, mapping)
        if not pool or (pool == target.extra.get("pool") and not pool.startswith(LIST)):  # a job is no list
            return (note,)
        return (note, joins("pool", lambda _: target.candidate, pool.removeprefix(LIST)))

    def decide(self, decision: Decision) -> Sequence[Write]:
        """By an activity that is a progression trigger of the customer's workflow."""
        chosen = decision.mapping[f"activity.{decision.kind}"]
        mark = decided(decision.key)
        text = "\n".join([f"{decision.person} in Foyer. {decision.reason}".strip(), mark])
        return (self._note(decision.kind, decision.target, text, mark, chosen),)

    def create(self, handover: Handover) -> Sequence[Write]:
        person, job = handover.candidate, handover.job

        def whose(done: Mapping[str, str]) -> str:
            return done["candidate"]

        if job.startswith(LIST):
            place = joins("application", whose, job.removeprefix(LIST))
        else:
            mark = decided(handover.key)
            text = f"From Foyer ({person.source}): {handover.url}\n{mark}"
            place = added(job, handover.mapping["activity.added"], whose, text, mark)
        return (created(person), place, resume(person)) if person.content else (created(person), place)

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        for path in ("people", "person_lists", "jobs", "person_events", "workflow_stages"):
            yield readable(service, path, "Check the slug, and that the key's user may read them.")
        try:
            types = self._choices(service, "activity_types")
        except PushRejected as refused:
            yield Finding(ok=False, what=refused.detail, cure="Check that the key's user may read activity types.")
            return
        chosen = self.settings["activity_type"]
        known = chosen in [each.id for each in types]
        listed = ", ".join(f"{each.id} ({each.label})" for each in types)[:500]
        what = f"Loxo {'knows the' if known else 'knows no'} activity type {chosen}."
        cure = "" if known else f"Enter the id of one of: {listed}."
        yield Finding(known, what if chosen else "No activity type is entered yet.", cure)

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        return {
            "lists": self._choices(service, "person_lists"),
            "activities": self._choices(service, "activity_types"),
        }

    @staticmethod
    def _choices(service: Service, path: str) -> list[Choice]:
        return [Choice(str(one["id"]), text_of(one, "name")) for one in rows(service.send(Request("GET", path)), path)]
