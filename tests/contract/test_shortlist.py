"""The shortlist: what filters leave, in which order, on both databases; briefs; and its pages over the real routes."""

from __future__ import annotations

import csv
import io
import json

import pytest
from fastapi.testclient import TestClient

from api import shortlisting
from api.deps import App
from models.brief import brief_of
from models.db import Database
from models.records import Job
from models.store import Store
from models.store.shortlist import Order, Wanted
from models.values import Evidence, Flag, RequirementScore, ScreeningResult, Status
from tests.contract.test_law_applied import app, clock
from tests.contract.test_law_pages import signed_in
from tests.store_world import NOW, REQUIREMENTS, add_application, add_job, reject, resume, screening

__all__ = ["app", "clock"]


def judged(score: float, python: Status = "met", english: Status = "met", flags: int = 0) -> ScreeningResult:
    decision = "advance" if score >= 0.5 and (python, english) == ("met", "met") else "review"
    quote = Evidence(quote="Five years of Python at Acme", line=4, start=0, end=28)
    return ScreeningResult(
        score=score,
        decision=decision,
        reason="As it is.",
        requirements=(
            RequirementScore(requirement_id="python", status=python, score=score, evidence=(quote,)),
            RequirementScore(requirement_id="years", status="unknown", score=0),
            RequirementScore(requirement_id="english", status=english, score=1),
        ),
        flags=tuple(Flag(code="ask", detail="Please ask.") for _ in range(flags)),
    )


def opening(store: Store, org: str) -> Job:
    job = add_job(store, org)
    store.set_requirements(org, job.id, REQUIREMENTS)
    return job


def applied(store: Store, job: Job, name: str, result: ScreeningResult | None, filename: str = "cv.pdf") -> str:
    application = add_application(store, job, filename=filename)
    if result is not None:
        store.record_parsed(job.organisation_id, application.id, resume(name, f"{name}@example.org"), NOW)
        store.record_screening(job.organisation_id, application.id, result, requirements_version=1, now=NOW)
    return application.id


def test_filters_orders_and_pages(database: Database, org: str) -> None:
    with database.store() as store:
        job = opening(store, org)
        best = applied(store, job, "Zoe", judged(0.9))
        missing = applied(store, job, "Abe", judged(0.8, python="not_met", flags=2))
        unclear = applied(store, job, "Bo", judged(0.8, english="unknown"))
        low = applied(store, job, "Cy", judged(0.3))
        waiting = [applied(store, job, "", None), applied(store, job, "", None)]
        gone = applied(store, job, "Di", judged(0.7))
        reject(store, store.application(org, gone))

    def ids(wanted: Wanted, limit: int = 100, offset: int = 0, order: Order = "score") -> list[str]:
        with database.reading() as store:
            return [one.id for one in store.open_page(org, job.id, wanted, limit, offset, order)]

    everybody = [best, missing, unclear, gone, low, *waiting]
    assert ids(Wanted()) == everybody
    assert [id for at in range(0, 8, 2) for id in ids(Wanted(), 2, at)] == everybody, (
        "page by page, across the unscored"
    )
    assert ids(Wanted(stage="screened", must="missing")) == [missing]
    assert ids(Wanted(must="unclear")) == [unclear]
    assert ids(Wanted(must="met")) == [best, gone, low]
    assert ids(Wanted(low=0.3, high=0.8)) == [missing, unclear, gone, low]
    assert ids(Wanted(flagged=True)) == [missing]
    assert ids(Wanted(asks=True)) == []
    assert ids(Wanted(source="elsewhere")) == []
    assert ids(Wanted(), order="newest")[0] == gone
    assert ids(Wanted(), order="stage")[:2] == waiting, "received comes first by name"
    with database.reading() as store:
        assert store.shortlisted(org, job.id, Wanted(decision="review")) == 3
        found = shortlisting.scores(store, org, job.id)
        assert (found.clear[90], found.held[80], found.clear[30]) == (1, 2, 1)
        assert (found.passing[0], found.passing[31], found.passing[90], found.passing[91]) == (2, 1, 1, 0)
        opened = store.opened(org, [best, waiting[0]])
        assert opened[best].name == "Zoe"
        assert opened[best].shown == {
            **{"verdicts": "mum", "quote": "Five years of Python at Acme", "page": None, "line": 4},
            "words": "five years of python at acme",
        }
        assert (opened[waiting[0]].filename, opened[waiting[0]].shown) == ("cv.pdf", None)


def test_what_was_judged_before_there_were_briefs_is_shown_too(database: Database, org: str) -> None:
    with database.store() as store:
        job = opening(store, org)
        id = applied(store, job, "Abe", judged(0.8, python="not_met"))
        screened = store._session.connection()
        screened.exec_driver_sql("UPDATE screenings SET brief = NULL")
        screened.exec_driver_sql("UPDATE applications SET held = NULL, missing = NULL, unclear = NULL, flagged = NULL")
    with database.reading() as store:
        shown = store.opened(org, [id])[id].shown
        assert shown is not None
        assert shown["verdicts"] == "num"
    with database.asking() as system:
        assert [one[1:] for one in system.without_brief("", 10)] == [(org, id)]
    with database.store() as store:
        store.count_brief(org, id)
    with database.asking() as system:
        assert system.without_brief("", 10) == []
    with database.reading() as store:
        assert store.open_page(org, job.id, Wanted(must="missing"), 10)[0].held is True


def test_who_is_held_whatever_the_threshold() -> None:
    assert not brief_of(judged(0.9), REQUIREMENTS).held
    assert brief_of(judged(0.9, python="not_met"), REQUIREMENTS).held
    assert brief_of(judged(0.9, english="unknown"), REQUIREMENTS).held
    asked_later = [one.model_copy(update={"kind": "location"}) for one in REQUIREMENTS]
    assert not brief_of(judged(0.9, english="unknown"), asked_later).held, "resumes seldom say where somebody may work"
    copy = screening().model_copy(update={"flags": (Flag(code="same_person", detail="The same address."),)})
    assert brief_of(copy, ()).held


def test_the_service_makes_up_briefs(app: App, org: str) -> None:
    with app.database.store() as store:
        job = opening(store, org)
        for name in ("Abe", "Bo"):
            applied(store, job, name, judged(0.8, python="not_met"))
        store._session.connection().exec_driver_sql("UPDATE screenings SET brief = NULL")
        store._session.connection().exec_driver_sql("UPDATE applications SET missing = NULL")
    assert shortlisting.make_good(app) == 2
    assert shortlisting.make_good(app) == 0
    with app.database.reading() as store:
        assert store.shortlisted(org, job.id, Wanted(must="missing")) == 2


@pytest.fixture
def client(app: App, org: str) -> TestClient:
    return signed_in(app, org, "recruiter")


def test_the_pages(app: App, org: str, client: TestClient) -> None:
    with app.database.store() as store:
        job = opening(store, org)
        first = applied(store, job, "Zoë Berg", judged(0.9))
        second = applied(store, job, '=HYPERLINK("http://evil")', judged(0.4, python="not_met"), "+cv.pdf")
        other = applied(store, opening(store, org), "Else Where", judged(0.6))
    at = f"/jobs/{job.id}"

    shown = client.get(f"{at}/shortlist").text
    assert shown.index("Zoë Berg") < shown.index("=HYPERLINK")
    assert "style=" not in shown
    assert "Zoë Berg" not in client.get(f"{at}/shortlist?must=missing").text
    assert "Nobody fits" in client.get(f"{at}/shortlist?stage=rejected").text
    assert client.get(f"{at}/shortlist?low=x&high=999999&offset=-1&source=%00").status_code == 200, (
        "nonsense filters nothing"
    )

    head, *parts = [json.loads(line) for line in client.get(f"/api{at}/shortlist/feed").text.splitlines()]
    assert (head["ids"], head["missing"]) == ([first, second], [0, 1])
    assert (parts[0]["at"], parts[0]["names"][0], parts[0]["verdicts"]) == (0, "Zoë Berg", ["mum", "num"])

    page = client.get(f"/api{at}/shortlist?must=missing&limit=1").json()
    assert (page["total"], page["applications"][0]["id"], page["applications"][0]["held"]) == (1, second, True)
    assert client.get(f"/api{at}/scores").json()["passing"][50] == 1

    panel = client.get(f"/applications/{first}/panel").text
    assert "Five years of Python at Acme" in panel
    assert "? not stated" in panel, "unknown is shown as unknown"
    assert f"/applications/{first}/invite" in panel
    text = client.get(f"/applications/{first}/text?requirement=python").text
    assert "Five years" in text

    beside = client.get(f"{at}/compare?ids={first},{second}").text
    assert beside.index("Zoë Berg") < beside.index("=HYPERLINK")
    assert "they differ" in beside
    assert "Choose two to four" in client.get(f"{at}/compare?ids={first}").text
    assert client.get(f"{at}/compare?ids={first},{other}").status_code == 404, "people of one job"

    written = client.get(f"{at}/candidates.csv?bom=1").content.decode()
    assert written.startswith("\ufeffplace,name")
    rows = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff"))))
    assert rows[0]["resume"].endswith(f"/api/applications/{first}/file")
    assert (rows[1]["name"][:2], rows[1]["file"]) == ("'=", "'+cv.pdf"), "no cell is a formula"
    assert len(list(csv.DictReader(io.StringIO(client.get(f"{at}/candidates.csv?must=met").text)))) == 1


def test_a_reviewer_saves_no_threshold(app: App, org: str) -> None:
    with app.database.store() as store:
        job = opening(store, org)
        id = applied(store, job, "Zoë Berg", judged(0.9))
    client = signed_in(app, org, "reviewer")
    assert "Save the threshold" not in client.get(f"/jobs/{job.id}/shortlist").text
    assert "invite" not in client.get(f"/applications/{id}/panel").text
