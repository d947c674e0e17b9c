"""People of any other system, over HTTP: POST /v1/candidates in every form, twice, with bad rows among good ones."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.flow.integrations.world import World, fresh, resume_of, running
from tests.flow.running import wait_for
from tests.simulators.base import Answer, Call, Route, Simulator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("incoming") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def job(world: World) -> str:
    return world.job()


def send(world: World, body: Any, status: int, *, kind: str = "application/json", **more: Any) -> list[dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": kind, **more.pop("headers", {})}
    answer = world.api.post("/v1/candidates", content=content, headers=headers, params=more)
    assert answer.status_code == status, answer.text
    found = answer.json()
    rows: list[dict[str, Any]] = found["candidates"]
    assert [found[name] for name in ("created", "known", "joined", "failed")] == [
        sum(row["status"] == name for row in rows) for name in ("created", "known", "joined", "failed")
    ]
    return rows


def person(**more: Any) -> dict[str, Any]:
    email = fresh("ada")
    content = b64encode(resume_of("Ada Byron", email)).decode()
    return {
        "external_id": uuid4().hex,
        "name": "Ada Byron",
        "email": email,
        "resume": {"filename": "ada.txt", "content": content},
        **more,
    }


def application(world: World, id: str) -> dict[str, Any]:
    found: dict[str, Any] = world.get(f"/api/applications/{id}")
    return found


def file_of(world: World, application_id: str) -> bytes:
    with world.app.database.reading() as store:
        document = store.application(world.org, application_id).document
    return world.app.files.get(document.sha256, subject=document.candidate_id)


def test_somebody_new_is_screened_and_twice_is_once(world: World, job: str) -> None:
    ada = person(job_id=job, source="Career site", applied_at="2026-11-20T09:30:00Z", gender="f")
    [made] = send(world, ada, 201)
    assert (made["status"], made["row"], made["ignored"]) == ("created", 1, ["gender"])
    found = wait_for(
        lambda: application(world, made["application_id"]), lambda it: it["stage"] != "received", "screened"
    )
    assert (found["name"], found["email"], found["stage"]) == ("Ada Byron", ada["email"], "screened")
    [source] = found["sources"]
    assert (source["source"], source["origin"], source["at"][:16]) == (
        "admin: Career site",
        "application",
        "2026-11-20T09:30",
    )
    [again] = send(world, {**ada, "name": "Somebody Else"}, 200)
    assert (again["status"], again["application_id"]) == ("known", made["application_id"])
    assert application(world, made["application_id"])["name"] == "Ada Byron"


def test_the_same_person_from_two_systems_is_one_case_with_both(world: World, job: str) -> None:
    ada = person(source="Career site")
    [first] = send(world, ada, 201, job_id=job)
    [second] = send(world, {**ada, "external_id": "crm-1", "source": "Fair", "resume": "Another text"}, 200, job_id=job)
    assert (second["status"], second["application_id"], second["candidate_id"]) == (
        "joined",
        first["application_id"],
        first["candidate_id"],
    )
    sources = [each["source"] for each in application(world, first["application_id"])["sources"]]
    assert sources == [
        "admin: Career site",
        "admin: Fair (with another file, which is not read: there is one of theirs for this job)",
    ]


def test_without_an_id_of_theirs_the_key_of_the_request_makes_it_once(world: World, job: str) -> None:
    rows = [{"name": "Nobody Known"}, {"name": "Another One"}]
    headers = {"idempotency-key": uuid4().hex}
    first = send(world, rows, 201, headers=headers, job_id=job)
    again = send(world, rows, 200, headers=headers, job_id=job)
    assert [row["status"] for row in again] == ["known", "known"]
    assert [row["application_id"] for row in again] == [row["application_id"] for row in first]
    other = send(world, rows, 201, headers={"idempotency-key": uuid4().hex}, job_id=job)
    assert {row["application_id"] for row in other}.isdisjoint(row["application_id"] for row in first)
    assert b"admin sent no resume" in file_of(world, first[0]["application_id"])


def test_a_bad_row_is_listed_and_the_others_go_on(world: World, job: str) -> None:
    good = [person(job_id=job), person(job_id=job)]
    bad = [person(job_id=str(uuid4())), {"email": "no address", "external_id": "x"}, person(), 7]
    rows = send(world, [good[0], *bad, good[1]], 207)
    assert [row["status"] for row in rows] == ["created", "failed", "failed", "failed", "failed", "created"]
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5, 6]
    said = [row["detail"] for row in rows[1:5]]
    for detail, word in zip(said, ("no job", "no address", "job_id", "object"), strict=True):
        assert word in detail
    assert rows[2]["external_id"] == "x"


def test_a_csv_and_a_form(world: World, job: str) -> None:
    emails = [fresh("bo"), fresh("cy")]
    lines = ["Name;E-Mail;ID;CV", *(f"Bo {n};{email};{email};Nurse since 2019" for n, email in enumerate(emails))]
    rows = send(world, "\n".join(lines).encode(), 201, kind="text/csv", job_id=job)
    assert [row["status"] for row in rows] == ["created", "created"]
    answer = world.api.post(
        "/v1/candidates",
        data={"name": "Dee", "external_id": uuid4().hex, "job_id": job},
        files={"resume": ("dee.txt", resume_of("Dee", fresh("dee")))},
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()["candidates"][0]["application_id"]
    assert file_of(world, made).startswith(b"Dee\n")


class Files(Simulator):
    """Hands a file out as it is, or in JSON around its base64."""

    def routes(self) -> list[tuple[str, str, Route]]:
        return [("GET", "/plain/zoe.txt", self._plain), ("GET", "/wrapped", self._wrapped)]

    def _plain(self, call: Call) -> Answer:
        assert "authorization" not in call.headers
        return Answer(body=b"Zoe\nNurse\n", headers={"content-type": "text/plain"})

    def _wrapped(self, call: Call) -> Answer:
        return Answer(json={"content": b64encode(b"Zoe\nNurse\n").decode(), "fileName": "zoe.txt", "mimeType": "x"})


def test_a_file_that_lies_elsewhere_is_fetched(world: World, job: str) -> None:
    with Files() as files:
        exported = {
            "candidate": {
                "person": {"id": {"value": uuid4().hex}, "name": {"formattedName": "Zoe"}},
                "profiles": [{"attachments": [{"url": f"{files.url}/wrapped"}]}],
            }
        }
        gone = {"name": "Ben", "external_id": "gone", "resume_url": f"{files.url}/gone"}
        wrong = {"name": "Cy", "external_id": "wrong", "resume_url": "file:///etc/passwd"}
        rows = send(
            world, [exported, {"name": "Zoe", "resume_url": f"{files.url}/plain/zoe.txt"}, gone, wrong], 207, job_id=job
        )
    assert [row["status"] for row in rows] == ["created", "created", "failed", "failed"]
    assert "404" in rows[2]["detail"]
    assert "not a web address" in rows[3]["detail"]
    for row in rows[:2]:
        assert file_of(world, row["application_id"]) == b"Zoe\nNurse\n"


def test_who_may_not_and_what_is_nothing_is_refused(world: World, job: str) -> None:
    ada = json.dumps(person(job_id=job)).encode()
    for status, sending in (
        (401, {"content": ada, "headers": {"authorization": "Bearer foyer_wrong", "content-type": "application/json"}}),
        (400, {"content": b"{", "headers": {"content-type": "application/json"}}),
        (400, {"content": b"[]", "headers": {"content-type": "application/json"}}),
        (415, {"content": ada, "headers": {"content-type": "text/plain"}}),
        (413, {"content": b" " * 33_000_000, "headers": {"content-type": "application/json"}}),
        (403, {"content": ada, "headers": {"origin": "https://elsewhere.example", "content-type": "application/json"}}),
    ):
        answer = world.api.post("/v1/candidates", **sending)  # type: ignore[arg-type]
        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]
    world.patch(f"/api/jobs/{job}", {"state": "closed"})
    [row] = send(world, person(job_id=job), 207)
    assert "closed" in row["detail"]
    world.patch(f"/api/jobs/{job}", {"state": "open"})


def test_a_job_comes_in_as_the_record_of_its_page(world: World) -> None:
    """What candidates ask is answered from a job's text: that is the words, not the record."""
    record = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": "Night nurse",
        "description": "<p>The shift begins at ten in the evening. Our ward has time for its patients.</p>",
        "qualifications": "Registered Nurse licence",
    }
    for text in (json.dumps(record), f"<html><script type='application/ld+json'>{json.dumps(record)}</script></html>"):
        made = world.post("/api/jobs", {"text": text, "minutes": 15})
        assert made["title"] == "Night nurse"
        assert [one["kind"] for one in made["requirements"]] == ["certificate"]
        with world.app.database.reading() as store:
            kept = store.job(world.org, made["id"])
        assert kept.text.startswith("# Night nurse\n")
        assert "The shift begins at ten" in kept.text
        assert "{" not in kept.text
        assert kept.media_type == "text/markdown"
