"""A well-filled organisation for tests of every page: one of everything that a page can show, in words that `say` makes
of plain ones (hostile ones, or the same). In-process, over a real migrated database; `ids` are by path parameter."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.access import NEEDS
from api.app import build, create_app
from api.deps import App
from api.outcomes import turns_of
from api.security import PROOF_COOKIE, RECRUITER_COOKIE, ROOM_COOKIE, begin_session, digest, recruiter_of_user
from interview.report import render_html
from interview.report_json import render_json
from models.records import Application, Job
from models.settings import Settings
from models.store import Store
from models.values import (
    Basics,
    Evidence,
    Flag,
    InterviewPlan,
    Location,
    ParsedResume,
    Person,
    Requirement,
    RequirementScore,
    Resume,
    ScreeningResult,
    Skill,
    Span,
    Work,
)
from tests import report_world
from tests.browser.held import events
from tests.flow.hostile import HTML, Door, plain, unhurried

Say = Callable[[str], str]
ROOM = "the browser of somebody who is interviewed"
GETS = [plain(said) for said in NEEDS if said.startswith("GET ")]
"""Every route that only shows something."""
ANSWER = "Last winter our booking service failed and I rolled it back. I measured the errors and wrote a test."


@dataclass(frozen=True)
class World:
    """`open_token`: of somebody invited; `done_token`: of somebody interviewed, whose room's cookie is ROOM."""

    api: FastAPI
    app: App
    ids: dict[str, str]
    key: str
    session: str
    open_token: str
    done_token: str
    shared_token: str
    account_token: str
    agency_token: str

    def client(self) -> TestClient:
        """Of the administrator's who has rated the interview; it is every candidate's as well."""
        return TestClient(self.api, headers=HTML, cookies=self.cookies, follow_redirects=False)

    def another(self) -> TestClient:
        """Of another administrator's, who has rated nothing yet."""
        headers = HTML | {"Authorization": f"Bearer {self.key}", "Foyer-Person": "Lee"}
        return TestClient(self.api, headers=headers, follow_redirects=False)

    def at(self, door: Door, **other: str) -> str:
        return door.path.replace(":path}", "}").format_map(self.ids | other)

    def addresses(self, door: Door) -> list[str]:
        """Where a GET shows something: once for each token or query that makes another page of it."""
        tokens = {
            "/i/": [self.open_token, self.done_token],
            "/shared/": [self.shared_token],
            "/account/": [self.account_token],
            "/agency/": [self.agency_token],
        }
        for start, known in tokens.items():
            if door.path.startswith(start):
                return [self.at(door, token=token) for token in known]
        asked = QUERIES.get(door.path, ("",))
        return [self.at(door) + query.format_map(self.ids) for query in asked]

    @property
    def cookies(self) -> dict[str, str]:
        with self.app.database.reading() as store:
            invited = store.interview(self.ids["organisation_id"], self.ids["open_interview_id"])
        proof = self.app.signer.proof_cookie(invited)
        return {RECRUITER_COOKIE: self.session, ROOM_COOKIE: ROOM, PROOF_COOKIE: proof}


QUERIES: dict[str, tuple[str, ...]] = {
    "/jobs/{job_id}/compare": ("?ids={application_id},{other_id}",),
    "/jobs/{job_id}/invite/preview": ("?ids={other_id},{application_id}", "?passing=1"),
    "/jobs/{job_id}/reject": ("?application={other_id}",),
    "/jobs/{job_id}/line": ("?threshold=30",),
    "/api/jobs/{job_id}/line": ("?threshold=0.3",),
    "/candidates/{candidate_id}/merge": ("", "?other={twin_id}"),
    "/pool": ("", "?q=python+berlin"),
    "/v1/pool": ("?q=python",),
    "/systems/new": ("", "?vendor=greenhouse", "?vendor=icims"),
    "/systems/{connection_id}/opening": ("?id=77",),
    "/suspension": ("", "?job={job_id}"),
    "/messages/template": ("?kind=invitation", "?kind=account_invitation&language=de"),
    "/v1/insight": ("", "?chart=funnel&format=csv", "?chart=funnel&format=png"),
    "/v1/usage": ("", "?format=csv"),
    "/v1/impact": ("", "?format=csv"),
    "/v1/impact/new-york": ("", "?format=csv"),
    "/v1/impact/applicants": ("", "?format=json"),
    "/api/search": ("?q=python",),
    "/applications/{application_id}/panel": ("", "?requirement=python"),
    "/applications/{application_id}/text": ("", "?requirement=python"),
    "/jobs/{job_id}/shortlist": ("", "?stage=screened"),
    "/scim/v2/ResourceTypes/{name}": ("",),
}


@contextmanager
def filled(home: Path, say: Say = str, **settings: Any) -> Iterator[World]:
    """`home` may not be there yet."""
    unhurried(home)
    given = Settings(home=home, **settings)
    app, api = build(given, work=False), create_app(given, work=False)
    api.state.foyer = app
    yield _fill(api, app, say)
    app.engines.close()
    app.database.close()


def _fill(api: FastAPI, app: App, say: Say) -> World:
    now = datetime.now(UTC)
    with app.database.system() as system:
        org = system.add_organisation(say("Northwind Freight"), now).id
    maker = _Maker(app, org, say, now)
    job, second = maker.job("Backend engineer"), maker.job("Night nurse")
    best = maker.screened(job, "Zoë Okafor", 0.82)
    other = maker.screened(job, "Brandon Yates", 0.61)
    below = maker.screened(job, "Ines Rossi", 0.31)
    rejected = maker.screened(job, "Paul Weber", 0.2)
    maker.unreadable(job)
    done, open_, tokens = maker.interviews(best, other)
    maker.decided(best, below, rejected)
    ids = {"job_id": job.id, "second_job_id": second.id, "application_id": best.id, "other_id": other.id}
    ids |= {"below_id": below.id, "rejected_id": rejected.id, "candidate_id": best.candidate_id, "organisation_id": org}
    ids |= {"interview_id": done, "open_interview_id": open_, "batch_id": maker.batch}
    ids |= maker.outgoing(best, done) | maker.people(job) | maker.systems(best) | maker.rest(best, below, job)
    ids |= {"number": "1", "utterance": "u1", "path": "webhook", "name": "User", "token": tokens["open"]}
    with app.database.store() as store:
        _, key = store.add_api_key(org, name=say("import"), now=now)
    made = {"open_token": tokens["open"], "done_token": tokens["done"], "shared_token": tokens["shared"]}
    ada = recruiter_of_user(maker.ada)
    session = begin_session(app.database, ada, now)
    return World(api, app, ids, key, session, account_token=maker.account, agency_token=maker.agency, **made)


class _Maker:
    """What each part of the console needs to have something to show."""

    def __init__(self, app: App, org: str, say: Say, now: datetime) -> None:
        self.app, self.org, self.say, self.now = app, org, say, now
        with self._store() as store:
            self.ada = store.add_user(org, name=say("Ada Minh"), email="ada@northwind.example", role="admin", now=now)
        self.kim = Person(name=self.ada.name, user_id=self.ada.id)
        self.batch = self.account = self.agency = ""

    def _store(self) -> AbstractContextManager[Store]:
        return self.app.database.store()

    # ------------------------------------------------------------ openings

    def plan(self) -> InterviewPlan:
        kit, say = report_world.plan(3), self.say
        competencies = [
            one.model_copy(update={"name": say(one.name), "description": say(one.description)})
            for one in kit.competencies
        ]
        questions = [one.model_copy(update={"text": say(one.text)}) for one in kit.questions]
        changed = {"competencies": tuple(competencies), "questions": tuple(questions), "title": say(kit.title)}
        return kit.model_copy(update=changed | {"welcome": say("Hello."), "closing": say("Goodbye."), "minutes": 15})

    def asked(self) -> tuple[Requirement, ...]:
        say = self.say
        return (
            Requirement(
                id="python",
                text=say("Python, five years"),
                kind="skill",
                must_have=True,
                weight=2.0,
                years=5,
                line=3,
                sentence=say("You have written Python for five years."),
                alternatives=(say("Go"),),
            ),
            Requirement(id="english", text=say("English C1"), kind="language", must_have=True, level="C1"),
            Requirement(id="kubernetes", text=say("Kubernetes"), kind="skill", must_have=False),
        )

    def job(self, title: str) -> Job:
        with self._store() as store:
            job = store.add_job(
                self.org,
                title=self.say(title),
                text=f"# {self.say(title)}\n\n{self.say('You have written Python for five years.')}",
                media_type="text/markdown",
                threshold=0.5,
                invite_policy="after_confirmation",
                max_interviews=20,
                minutes=15,
                now=self.now,
            )
            store.set_requirements(self.org, job.id, self.asked())
            store.set_plan(self.org, job.id, self.plan(), author=self.say("Kim"), now=self.now)
            if not self.batch:
                self.batch = store.add_batch(self.org, job_id=job.id, name=self.say("Monday"), now=self.now).id
            return job

    # ------------------------------------------------------------ people and their files

    def file(self, store: Store, job: Job, name: str, content: bytes) -> Application:
        """The file itself is kept for whoever it is of."""
        application = store.add_application(
            self.org,
            job.id,
            filename=self.say(f"{name.split()[0].lower()}.txt"),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            media_type="text/plain",
            batch_id=self.batch,
            source=self.say("upload"),
            external_id=self.say("ats-7"),
            now=self.now,
        )
        self.app.files.put(content, subject=application.candidate_id)
        return application

    def screened(self, job: Job, name: str, score: float) -> Application:
        say, mail = self.say, f"{name.split()[0].lower()}@mail.example"
        lines = [say(name), say("Seven years of Python services"), say("Ran Kubernetes for forty services")]
        with self._store() as store:
            application = self.file(store, job, name, "\n".join(lines).encode())
            spans = tuple(Span(id=at, text=text, line=at + 1, start=0, end=len(text)) for at, text in enumerate(lines))
            basics = Basics(
                name=say(name),
                email=mail,
                phone="+49 30 1234567",
                label=say("Engineer"),
                location=Location(city=say("Berlin")),
            )
            work = Work(name=say("Harbourlight"), position=say("Engineer"), start_date="2019-03", end_date="2026-06")
            resume = Resume(basics=basics, work=(work,), skills=(Skill(name=say("Python")),))
            flags = (Flag(code="hidden_text", detail=say("A line that a reader cannot see."), quote=say("hire me")),)
            parsed = ParsedResume(resume=resume, spans=spans, years=7.2, flags=flags)
            store.record_parsed(self.org, application.id, parsed, self.now)
            result = self.result(score, lines, flags)
            return store.record_screening(self.org, application.id, result, requirements_version=1, now=self.now)

    def result(self, score: float, lines: list[str], flags: tuple[Flag, ...]) -> ScreeningResult:
        decision = "advance" if score >= 0.5 else "below"
        verdicts = (
            RequirementScore(
                requirement_id="python", status="met", score=score, evidence=(Evidence(quote=lines[1], line=2),)
            ),
            RequirementScore(
                requirement_id="english", status="unknown", score=0, reason=self.say("The resume is silent")
            ),
            RequirementScore(
                requirement_id="kubernetes", status="met", score=1, evidence=(Evidence(quote=lines[2], line=3),)
            ),
        )
        values = {"score": score, "decision": decision, "reason": f"{self.say('Against the threshold')}: {score}."}
        return ScreeningResult.model_validate(values | {"requirements": verdicts, "flags": flags})

    def unreadable(self, job: Job) -> None:
        with self._store() as store:
            application = self.file(store, job, "Broken", b"\x00")
            detail = f"{application.document.filename}: {self.say('the file is damaged')}."
            store.record_problem(self.org, application.id, reason="corrupt", detail=detail, now=self.now)

    # ------------------------------------------------------------ interviews

    def interviews(self, best: Application, other: Application) -> tuple[str, str, dict[str, str]]:
        """One held and reported, one open; their ids, and the links' tokens."""
        tokens = {
            "done": self.app.signer.link_token(),
            "open": self.app.signer.link_token(),
            "shared": "shared-token-1",
        }
        later = self.now + timedelta(days=7)
        with self._store() as store:
            made = {
                name: store.add_interview(
                    self.org,
                    application_id=one.id,
                    plan=self.plan(),
                    link_hash=digest(tokens[name]),
                    expires_at=later,
                    now=self.now - timedelta(hours=1),
                )[0].id
                for name, one in (("done", best), ("open", other))
            }
            store.open_interview(
                self.org, made["done"], session_hash=digest(ROOM), consent_version="1", consent_sha256="c", now=self.now
            )
            log, _ = events(self.plan(), 20.0, self.say(ANSWER))
            dated = [(self.now.timestamp() + at, one) for at, one in enumerate(log)]
            store.append_events(self.org, made["done"], 0, dated)
            starts = (self.now + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
            ends = starts + timedelta(minutes=20)
            store.record_booking(self.org, made["open"], starts=starts, ends=ends, zone="Europe/Berlin", now=self.now)
            store.set_interview_state(self.org, made["done"], "completed", now=self.now, reason="completed", engines={})
        self.report(best, made["done"])
        self.remarks(made["done"], made["open"], tokens["shared"])
        return made["done"], made["open"], tokens

    def report(self, best: Application, interview_id: str) -> None:
        say = self.say
        with self._store() as store:
            interview = store.interview(self.org, interview_id)
            turns = turns_of(interview, store.events(self.org, interview_id))
            endpoint = store.add_endpoint(
                self.org, url="https://ats.example.org/hook", secret="whsec_abc", description=say("ATS"), now=self.now
            )
            asked = store.requirements(self.org, best.job_id)
            screening = store.screening(self.org, best.id)
        card = report_world.scorecard(self.plan(), turns)
        ratings = [one.model_copy(update={"reason": say(one.reason)}) for one in card.competencies]
        card = card.model_copy(update={"reason": say(card.reason), "competencies": tuple(ratings)})
        facts = report_world.full_report(
            interview_id=interview_id,
            job_title=say("Backend engineer"),
            candidate_name=say("Zoë Okafor"),
            organisation=say("Northwind Freight"),
            plan=self.plan(),
            turns=turns,
            scorecard=card,
            screening=screening,
            requirements=asked,
            checks=(),
        )
        subject, files = best.candidate_id, self.app.files
        html = files.put(render_html(facts).encode(), subject=subject)
        data = files.put(render_json(facts), subject=subject)
        with self._store() as store:
            payloads = {endpoint.id: {"type": "assessment.completed", "name": say("Zoë Okafor")}}
            written: dict[str, Any] = {"html_sha256": html, "json_sha256": data, "payloads": payloads}
            store.finish_report(self.org, interview_id=interview_id, scorecard=card, now=self.now, **written)
            rated = {
                "ratings": [
                    {"competency_id": one.competency_id, "name": one.name, "rating": 4, "text": say("Good")}
                    for one in ratings
                ]
            }
            content = rated | {"reason": say("They measured")}
            store.add_review(self.org, interview_id, "blind", content, person=self.kim, now=self.now, agreed=(3, 2, 3))

    def remarks(self, done: str, open_: str, shared: str) -> None:
        say = self.say
        with self._store() as store:
            asks = {"wishes": ["pauses"], "text": say("Slower, please")}
            self.request = store.add_request(self.org, open_, "adjustment", asks, during=False, now=self.now).id
            store.add_request(
                self.org, done, "access", {"wishes": [], "text": say("My data")}, during=False, now=self.now
            )
            store.add_remark(self.org, done, "correction", say("I said Kubernetes"), now=self.now, turn=3)
            store.add_remark(self.org, done, "feedback", say("It was friendly"), now=self.now, rating=4)
            until = self.now + timedelta(days=7)
            told = {"audio": False, "note": say("For Ada"), "by": say("Kim"), "now": self.now, "expires": until}
            store.share_report(self.org, done, hash=digest(shared), **told)
            self.link = store.ats_link(self.org, done, now=self.now).id

    # ------------------------------------------------------------ what people did

    def decided(self, best: Application, below: Application, rejected: Application) -> None:
        say, now = self.say, self.now
        with self._store() as store:
            store.add_review_event(self.org, rejected.id, "opened", "application", person=self.kim, now=now)
            store.reject(
                self.org, rejected.id, person=self.kim, reason=say("No licence"), basis={"seconds": 60.0}, now=now
            )
            self.note = store.add_note(self.org, best.id, say("Calls back on Friday"), person=self.kim, now=now).id
            store.add_note(self.org, below.id, say("Asked twice"), person=self.kim, now=now)
            text = say("Notice of how this is done")
            store.add_notice(self.org, best.id, "adverse", text, rules=["eu"], law_version="1", channel="mail", now=now)

    def rest(self, best: Application, below: Application, job: Job) -> dict[str, str]:
        say, now, org = self.say, self.now, self.org
        with self._store() as store:
            hold = store.hold(org, candidate_id=best.candidate_id, reason=say("A claim"), by=say("Kim"), now=now)
            kept: dict[str, Any] = {"owner": "import", "owner_name": say("Kim"), "shared": "yes", "now": now}
            search = store.save_search(org, {"name": say("Nurses"), "text": say("nurse")}, **kept)
            confirmed, _ = store.add_round(
                org, job.id, key="r", applications=[below.id], person=self.kim, reason=say("Drawn"), now=now
            )
            store.settle_member(org, confirmed.id, below.id, "left", "address")
            store.add_sample(
                org,
                job.id,
                confirmed.id,
                key="s",
                drawn=[below.id],
                pool=3,
                pool_sha256="ab" * 32,
                seed="seed",
                share=None,
                threshold=0.5,
                person=self.kim,
                now=now,
            )
            twin = store.add_candidate(org, name=say("Zoe Okafor"), email=None, phone=None, now=now)
            former = store.add_candidate(org, name=say("Z. Okafor"), email=None, phone=None, now=now)
            merge = store.merge_candidates(
                org, best.candidate_id, former.id, superseded=(), reason=say("One"), person=self.kim, now=now
            )
            store.add_audit(
                org, auditor=say("Audit AG"), audited_at=now, distributed_at=now, recorded_by=say("Kim"), now=now
            )
            store.suspend(org, job_id=job.id, reason=say("A complaint"), person=self.kim, now=now)
            store.resume(org, job_id=job.id, reason=say("Settled"), person=self.kim, now=now)
        found = {"hold_id": hold.id, "saved_search_id": search.id, "round_id": confirmed.id, "merge_id": merge.id}
        return found | {"twin_id": twin.id, "request_id": self.request, "note_id": self.note, "link_id": self.link}

    # ------------------------------------------------------------ colleagues, agencies, messages

    def people(self, job: Job) -> dict[str, str]:
        say, now, org = self.say, self.now, self.org
        self.account, self.agency = self.app.signer.account_token(), self.app.signer.agency_token()
        later = now + timedelta(days=7)
        with self._store() as store:
            boss = store.add_user(
                org, name=say("Bo Chen"), email="bo@northwind.example", role="hiring_manager", now=now
            )
            store.add_account_link(org, boss.id, "reset", hash=digest(self.account), expires=later, now=now)
            store.add_member(org, job.id, boss.id, now)
            hash, by = digest(self.agency), say("Kim")
            made = store.add_agency(org, job.id, agency=say("Talent AG"), hash=hash, by=by, expires=later, now=now)
            said = {"contact_name": say("Kim Lee"), "address": say("1 Quay"), "contact": "people@northwind.example"}
            store.set_branding(org, said | {"name": say("Northwind")}, by=say("Kim"), now=now)
            for kind in ("invitation", "account_invitation"):
                words = {"subject": say("Hello {employer}"), "body": say("Hello, come in")}
                store.add_template(org, kind, "en", **words, author=say("Kim"), based_on=None, now=now)
            config = {
                "url": "https://texts.example.org/",
                "headers": "",
                "body": "{to} {text}",
                "sender": say("Northwind"),
            }
            channel = store.add_channel(org, "sms", name=say("Texts"), config=config, uses=[], by=say("Kim"), now=now)
            told = store.add_subscription(
                org,
                email="kim@example.org",
                channel_id=None,
                news=["report"],
                daily=False,
                undecided_days=5,
                by=say("Kim"),
                now=now,
            )
        found = {"user_id": self.ada.id, "agency_id": made.id, "channel_id": channel.id, "subscription_id": told.id}
        return found | {"member_id": boss.id}

    # ------------------------------------------------------------ other systems

    def systems(self, best: Application) -> dict[str, str]:
        say, now = self.say, self.now
        with self._store() as store:
            row = store.add_connection(self.org, vendor="greenhouse", name=say("Greenhouse"), settings={}, now=now)
            store.remember(row, "application", "77", local_id=best.id, title=say("Zoë"), now=now)
            order = store.remember(row, "order", "78", local_id=best.id, title=say("Zoë"), now=now)
            store.remember(row, "job", "77", title=say("Opening"), now=now)
            store.keep_event(row, "event-1", {"action": say("ping")}, now)
            [event] = store.inbox(row)
            store.event_read(self.org, event.id, problem=say("It said no"), next_at=None, now=now)
        return {"connection_id": row.id, "event_id": event.id, "remote_id": "77", "order_id": order.id}

    def outgoing(self, best: Application, interview_id: str) -> dict[str, str]:
        say, now = self.say, self.now
        with self._store() as store:
            found = store.deliveries(self.org, limit=10)
            failed: dict[str, Any] = {"state": "dead", "status": 400, "error": say("It was refused"), "seconds": 0.2}
            store.record_attempt(self.org, found[0].id, at=now, next_at=None, reference=None, **failed)
        return {"delivery_id": found[0].id, "endpoint_id": str(found[0].endpoint_id)}
