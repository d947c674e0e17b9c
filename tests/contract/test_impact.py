"""Adverse impact over real rows and answers, as it leaves the API: what is told, what never is, New York's summary,
the applicant-flow log, and use that is refused where the audit is too old."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from api import demographics
from api.app import build, create_app
from api.deps import App
from api.impact import window
from models.errors import BadRequest, Conflict
from models.records import Application, Candidate, Document, Job, Personal, new_id
from models.settings import Settings
from models.vault import Vault
from tests.flow.running import wait_for

NOW = datetime(2026, 11, 15, tzinfo=UTC)
MAY = datetime(2026, 5, 20, tzinfo=UTC)
PRIVATE = "Zebediah Quokka"


@dataclass
class Stopped:
    """A clock that shows what it is set to."""

    moment: datetime = NOW

    def now(self) -> float:
        return self.moment.timestamp()


@dataclass(frozen=True)
class World:
    app: App
    api: FastAPI
    org: str
    jobs: tuple[str, str]
    keys: dict[str, str]

    def client(self, role: str = "admin") -> TestClient:
        headers = {"Authorization": f"Bearer {self.keys[role]}", "Foyer-Person": "Kim"}
        return TestClient(self.api, headers=headers, follow_redirects=False)

    def get(self, path: str, **query: str) -> Any:
        answer = self.client().get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.text


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = Settings(home=tmp_path_factory.mktemp("impact") / "home")
    app, api = build(settings, work=False), create_app(settings, work=False)
    app.clock = Stopped()
    api.state.foyer = app
    with app.database.system() as system:
        org = system.add_organisation("=Example & Sons", MAY).id
    with app.database.store() as store:
        roles = ("admin", "recruiter", "reviewer", "auditor")
        keys = {role: store.add_api_key(org, name=role, role=role, now=MAY)[1] for role in roles}
    jobs = _fill(app, org)
    yield World(app, api, org, jobs, keys)
    app.database.close()


def _fill(app: App, org: str) -> tuple[str, str]:
    """Job one: 12 of 40 women and 48 of 80 men advanced, 10 did not say. Job two: 4 women and 40 men, half advanced."""
    people: list[tuple[str, str, bool]] = []
    with Session(app.database.engine) as session, session.begin():
        jobs = [_job(session, org, title) for title in ("One", "Two")]
        for job, sex, n, advanced in (
            (jobs[0], "female", 40, 12),
            (jobs[0], "male", 80, 48),
            (jobs[0], "", 10, 5),
            (jobs[1], "female", 4, 2),
            (jobs[1], "male", 40, 20),
        ):
            people += [(_applied(session, org, job, advanced=at < advanced), sex, at < advanced) for at in range(n)]
    said = {candidate: {"sex": sex, "race": "white"} for candidate, sex, _ in people if sex}
    demographics._vault(app).keep_all(org, said, MAY)
    return jobs[0], jobs[1]


def _job(session: Session, org: str, title: str) -> str:
    columns = {"text": "x", "media_type": "text/plain", "threshold": 0.5, "invite_policy": "after_confirmation"}
    row = Job(id=new_id(), organisation_id=org, title=title, minutes=30, created_at=MAY, **columns)
    session.add(row)
    session.flush()
    return row.id


def _applied(session: Session, org: str, job: str, *, advanced: bool, at: datetime = MAY) -> str:
    candidate = Candidate(id=new_id(), organisation_id=org, created_at=at)
    candidate.name = Personal(PRIVATE, subject=candidate.id)
    document = Document(
        id=new_id(),
        organisation_id=org,
        candidate=candidate,
        sha256="00" * 32,
        filename=Personal("x.txt", subject=candidate.id),
        media_type="text/plain",
        size=1,
        created_at=at,
    )
    columns = {"source": "=cmd|' /C calc'!A0", "stage": "screened", "score": 0.9 if advanced else 0.1}
    columns |= {"decision": "advance" if advanced else "below"}
    session.add(
        Application(
            id=new_id(),
            organisation_id=org,
            job_id=job,
            candidate=candidate,
            document=document,
            created_at=at,
            updated_at=at,
            **columns,
        )
    )
    session.flush()
    return candidate.id


def axis(found: dict[str, Any], name: str = "sex", measure: str = "selection") -> dict[str, Any]:
    return next(one for one in found[measure]["axes"] if one["name"] == name)


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# ---------------------------------------------------------------- figures


@pytest.mark.proves(27, 29)
def test_rates_ratios_and_tests_leave_the_api(world: World) -> None:
    found = world.get("/v1/impact")
    sex = axis(found)
    women, men = sex["groups"]
    assert (women["n"], women["advanced"], men["n"], men["advanced"]) == (44, 14, 120, 68)
    assert (sex["unknown"], sex["assessed"], sex["highest"], sex["finding"]) == (10, 174, "male", "lower")
    assert women["highest"]["ratio"] == pytest.approx((14 / 44) / (68 / 120))
    assert women["highest"]["within_jobs"]["strata"] == 0, "job two's four women could be computed from it"
    assert women["highest"]["lowest"] < women["highest"]["ratio"] < women["highest"]["highest"]
    assert found["scoring"]["median"] == 0.5
    assert "not an independent audit" in found["note"]
    table = lines(world.get("/v1/impact", format="csv"))
    assert [row["n"] for row in table if row["axis"] == "sex" and row["measure"] == "selection"] == ["44", "120"]
    assert world.get("/v1/impact", step="interview")["selection"]["assessed"] == 0


@pytest.mark.proves(30, 31)
def test_four_people_never_leave_nor_can_they_be_computed(world: World) -> None:
    """Job two has four women; with all jobs shown, job one's must be hidden too."""
    for job in world.jobs:
        found = world.get("/v1/impact", job_id=job)
        groups = {one["category"]: one for one in axis(found)["groups"]}
        assert groups["female"]["n"] is None
        assert {key for key, value in groups["female"].items() if value} == {"category"}
        for path in ("/impact", "/impact/new-york"):
            asked = partial(world.client().get, path, params={"job_id": job})
            text = wait_for(lambda asked=asked: asked().text, lambda text: "data-counting" not in text, path)
            assert "not shown" in text.lower()
        table = lines(world.get("/v1/impact", job_id=job, format="csv"))
        assert {row["n"] for row in table if row["category"] == "female"} == {""}


@pytest.mark.proves(31)
def test_whoever_decides_is_refused_and_each_counting_is_noted(world: World) -> None:
    for role in ("recruiter", "reviewer"):
        for path in ("/v1/impact", "/v1/impact/new-york", "/v1/impact/applicants", "/v1/impact/audits", "/impact"):
            assert world.client(role).get(path).status_code == 403, (role, path)
    assert world.client("auditor").get("/v1/impact").status_code == 200
    assert world.client("auditor").put("/v1/impact/audits/rule", json={"rule": "off"}).status_code == 403
    vault: Vault = demographics._vault(world.app)
    _, actor, purpose = vault.readings(world.org)[-1]
    assert actor == "Kim (key: auditor)"
    assert purpose == "impact of screening, 2025-11 to 2026-10, all jobs"


def test_only_months_that_are_over_count() -> None:
    assert window(NOW).months == "2025-11 to 2026-10"
    assert window(NOW, "2026-03", "2026-03").until == datetime(2026, 4, 1, tzinfo=UTC)
    assert window(datetime(2026, 1, 31, tzinfo=UTC)).months == "2025-01 to 2025-12"
    for since, until in (("", "2026-11"), ("2026-05", "2026-04"), ("May", ""), ("2026-13", "")):
        with pytest.raises(BadRequest):
            window(NOW, since, until)


def test_an_answer_of_this_month_changes_nothing_yet(world: World) -> None:
    before = world.get("/v1/impact")
    with Session(world.app.database.engine) as session, session.begin():
        candidate = _applied(session, world.org, world.jobs[0], advanced=True, at=NOW)
    demographics.keep(world.app, world.org, candidate, {"sex": "female"})
    assert world.get("/v1/impact") == before


# ---------------------------------------------------------------- New York


@pytest.mark.proves(27, 28)
def test_new_york_s_summary_is_for_an_auditor_and_certifies_nothing(world: World) -> None:
    client = world.client()
    made = world.get("/v1/impact/new-york")
    assert (made["auditor"], made["audited_on"]) == (None, None)
    assert [table["axis"] for table in made["tables"]] == ["sex", "race", "sex_race"]
    women = made["tables"][0]["lines"][0]
    assert (women["assessed"], women["selected"]) == (44, 14)
    assert women["selection_ratio"] == pytest.approx(0.5615, abs=1e-4)
    assert women["scoring_rate"] == pytest.approx(14 / 44)
    body = {"auditor": "Ada <b>Audit</b> Ltd", "audited_on": "2026-06-30", "distributed_on": "2026-07-15"}
    assert client.post("/v1/impact/audits", json=body).status_code == 201
    text = client.get("/impact/new-york").text
    for said in (
        "not an independent audit",
        "Ada &lt;b&gt;Audit&lt;/b&gt; Ltd",
        "2026-07-15",
        "10 people",
        "2026-06-30",
    ):
        assert said in text
    for never in ("certif", "complian"):
        assert never not in text.lower().replace("foyer certifies nothing", "")
    row = lines(world.get("/v1/impact/new-york", format="csv"))[0]
    assert row["employer"].startswith("'="), "no cell is a formula"
    ahead = client.post("/v1/impact/audits", json=body | {"audited_on": "2026-12-01"})
    assert ahead.status_code == 400


@pytest.mark.proves(28)
def test_use_is_refused_where_the_audit_is_older_than_a_year_if_that_is_wished(world: World) -> None:
    client, [application, *_] = world.client(), _applications(world)
    advance = world.app.pipeline.stages.advance

    def uploaded() -> int:
        return client.post(f"/api/jobs/{world.jobs[0]}/batches", files=[]).status_code

    assert client.post("/v1/impact/audits", json=_audit("2025-11-15")).status_code == 201
    allowed = uploaded()
    assert allowed != 409
    clock = world.app.clock
    assert isinstance(clock, Stopped)
    try:
        clock.moment = datetime(2027, 7, 1, tzinfo=UTC)  # a year and a day after the newest audit
        assert client.put("/v1/impact/audits/rule", json={"rule": "warn"}).status_code == 204
        assert "more than a year old" in client.get("/impact").text
        assert uploaded() == allowed
        client.put("/v1/impact/audits/rule", json={"rule": "refuse"})
        assert uploaded() == 409
        with pytest.raises(Conflict, match="2026-06-30"):
            advance(world.org, application, actor="Kim", reason="")
        clock.moment = datetime(2027, 6, 30, tzinfo=UTC)
        assert uploaded() == allowed, "a year to the day"
    finally:
        clock.moment = NOW
        client.put("/v1/impact/audits/rule", json={"rule": "off"})


def _audit(day: str) -> dict[str, str]:
    return {"auditor": "Ada Audit Ltd", "audited_on": day, "distributed_on": day}


def _applications(world: World) -> list[str]:
    return [
        row["application_id"]
        for row in json.loads(world.client().get("/v1/impact/applicants", params={"format": "json"}).text)
    ]


# ---------------------------------------------------------------- the log


@pytest.mark.proves(31)
def test_the_applicant_flow_log_has_no_name_no_group_and_no_formula(world: World) -> None:
    text = world.get("/v1/impact/applicants")
    rows = lines(text)
    assert len(rows) == 174
    assert set(rows[0]) == {
        *("application_id", "job_id", "job", "applied_on", "source", "stage"),
        *("disposition", "reason", "decided_by", "decided_on"),
    }
    assert {row["source"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    assert PRIVATE not in text
    assert "female" not in text
    assert {row["disposition"] for row in rows} == {"under consideration"}
    assert len(lines(world.get("/v1/impact/applicants", job_id=world.jobs[1]))) == 44
    assert world.client().get("/v1/impact/applicants", params={"job_id": "nobody"}).status_code == 404
