"""The service against a hostile or clumsy client: every error, odd uploads. Whatever comes in, the answer is a clear
refusal in the one shape of errors, or it is harmless. The candidate's socket is in `test_hostile_socket`; who comes in
by which route in `test_tenancy`, forged posts and wrong methods in `test_headers`."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from api import auditing
from tests.flow.hostile import (
    HTML,
    NOBODY,
    POSTING,
    RESUME,
    World,
    build,
    zipped,
)
from tests.flow.running import wait_for

EVIL = "https://evil.example"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from build(tmp_path_factory.mktemp("hostile") / "home")


@pytest.fixture(autouse=True)
def nothing_broke(world: World) -> Iterator[None]:
    """No request may end in "something broke on our side", whatever else a test looks at."""
    before = world.service.log.stat().st_size
    yield
    with world.service.log.open() as log:
        log.seek(before)
        assert [line for line in log if "request.failed" in line] == []


def refused(answer: httpx2.Response, *statuses: int) -> dict[str, str]:
    """The body, in the one shape of errors."""
    assert answer.status_code in (statuses or range(400, 500)), f"{answer.status_code}: {answer.text[:500]}"
    body: dict[str, str] = answer.json()
    assert set(body) == {"error", "detail", "request_id"}, body
    assert body["detail"], body
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


# ---------------------------------------------------------------- who may come in


def test_figures_are_for_this_machine_or_a_key_and_tell_of_nobody(world: World) -> None:
    with world.anonymous() as near, world.anonymous(**{"X-Forwarded-For": "203.0.113.9"}) as proxied:
        assert near.get("/healthz").json() == {"status": "ok"}
        wait_for(lambda: near.get("/readyz").status_code, lambda status: status == 200, "everything is loaded")
        assert proxied.get("/metrics").status_code == 401
        near.get(f"/api/applications/{NOBODY}/stolen")
        figures = near.get("/metrics").text
    with world.as_key(world.api.headers["Authorization"].removeprefix("Bearer ")) as client:
        assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200
    assert 'foyer_requests_total{method="GET",route="/api/batches/{batch_id}",status="200"}' in figures
    assert 'foyer_requests_total{method="GET",route="none",status="404"} 1.0' in figures
    assert 'foyer_deliveries{state="delivered"}' in figures
    assert 'foyer_waiting{work="report"} 0.0' in figures
    for about in (*world.ids.values(), NOBODY, "Brandon", "mail.example", "203.0.113.9"):
        assert len(about) < 3 or about == "webhook" or about not in figures, about


def test_another_organisation_sees_and_changes_nothing(world: World) -> None:
    with world.as_key(world.stranger) as stranger:
        for path in ("/api/jobs", "/api/endpoints", "/api/deliveries"):
            assert stranger.get(path).json() == []
        assert world.job_id not in stranger.get("/").text
    connection = world.service.get(f"/api/connections/{world.ids['connection_id']}")
    assert (connection["name"], connection["enabled"], connection["may_decide"]) == ("Greenhouse", False, False)
    assert connection["secrets"] == []
    job = world.service.get(f"/api/jobs/{world.job_id}")
    assert job["threshold"] == 0.4
    assert len(job["requirements"]) > 1
    assert world.service.get(f"/api/applications/{world.ids['application_id']}")["decision"] is not None
    assert world.service.get(f"/api/applications/{world.ids['application_id']}")["stage"] == "invited"


def test_the_door_of_another_system_opens_with_its_own_key_alone(world: World) -> None:
    """Switched off, it is not there at all; our own keys and cookies are no good at it."""
    id = world.ids["connection_id"]
    ours = {"Authorization": str(world.api.headers["Authorization"])}
    paths = ("webhook", "list_tests", "send_test", "..%2f..%2fapi%2fjobs", "%2500", "")
    with world.anonymous() as client:
        for connection in (id, NOBODY, "%00", "x" * 5000, "' OR 1=1 --"):
            for path in paths:
                refused(client.post(f"/connect/{connection}/{path}", headers=ours, json={}), 404)
        world.api.patch(f"/api/connections/{id}", json={"settings": {"assessment_key": "k"}, "enabled": True})
        for headers in ({}, ours, {"Authorization": "Basic OnI="}, {"Signature": "sha256 00"}):
            for path in paths[:3]:
                for body in (b"{}", b"[" * 50_000, b"\xff\xfe", b'{"action":"delete_candidate"}'):
                    refused(client.post(f"/connect/{id}/{path}", headers=headers, content=body), 401)
        assert [each["id"] for each in world.service.get(f"/api/connections/{id}/inbox")] == [world.ids["event_id"]]
        world.api.patch(f"/api/connections/{id}", json={"settings": {"assessment_key": ""}, "enabled": False})


def test_signing_in_leads_to_our_own_pages_only(world: World) -> None:
    key = world.api.headers["Authorization"].removeprefix("Bearer ")
    for elsewhere in (EVIL, "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"):
        with world.anonymous() as browser:
            answer = browser.post("/login", data={"key": key, "next": elsewhere})
        assert answer.status_code == 303
        assert answer.headers["location"] in ("/", "/%09/evil.example")
    with world.anonymous() as browser:
        for key in ("", "\0", "x" * 100_000, "foyer_é\u202e"):
            assert browser.post("/login", data={"key": key}).status_code == 401
        refused(browser.post("/login", data={"key": "x" * 5_000_000}), 400, 413)


# ---------------------------------------------------------------- the protocol


@pytest.mark.parametrize(
    "span", ["bytes=0-3", "bytes=5-1", "bytes=-1", "bytes=99999999999-", "pages=1", "bytes=0-0,2-2"]
)
def test_a_range_is_answered_in_part_in_full_or_not_at_all(world: World, span: str) -> None:
    for path in ("/static/app.css", f"/api/interviews/{world.ids['interview_id']}", "/"):
        answer = world.api.get(path, headers={"Range": span})
        assert answer.status_code in (200, 206, 400, 416)


@pytest.mark.parametrize(
    "path", ["/nope", "/api/nope", "/static/../api/app.py", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/%00"]
)
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    refused(world.api.get(path), 404)
    page = world.api.get(path, headers=HTML)
    assert page.status_code == 404
    assert SCRIPT not in page.text


def test_progress_of_an_unknown_batch_is_refused_before_it_streams(world: World) -> None:
    refused(world.api.get(f"/api/batches/{NOBODY}/events", headers={"Accept": "text/event-stream"}), 404)


# ---------------------------------------------------------------- bodies

JOB: dict[str, Any] = {"text": POSTING}
NESTED = "[" * 50_000
WRONG_JOBS: dict[str, bytes] = {
    "no json": b"{",
    "nothing": b"",
    "a list": b"[]",
    "a number": b"7",
    "not utf-8": b'{"text": "\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9"}',
    "a lone surrogate": b'{"text": "- Python \\ud800 and twenty letters more"}',
    "deeply nested": b'{"text":' + NESTED.encode() + b"]" * 50_000 + b"}",
    "a posting nested in itself": json.dumps({"text": NESTED, "media_type": "application/ld+json"}).encode(),
    "too short": json.dumps({"text": "Python"}).encode(),
    "only blanks": json.dumps({"text": " " * 100}).encode(),
    "nul in the text": json.dumps({"text": POSTING + "\0"}).encode(),
    "a wrong type": json.dumps({"text": ["Python"] * 30}).encode(),
    "threshold beyond 1": json.dumps(JOB | {"threshold": 1.5}).encode(),
    "threshold nan": json.dumps(JOB | {"threshold": float("nan")}).encode(),
    "threshold infinite": json.dumps(JOB | {"threshold": float("-inf")}).encode(),
    "too many interviews": json.dumps(JOB | {"max_interviews": 10**30}).encode(),
    "a number of 5000 digits": b'{"text": "- Five years of Python", "max_interviews": ' + b"9" * 5000 + b"}",
    "7 minutes": json.dumps(JOB | {"minutes": 7}).encode(),
    "a misspelt name": json.dumps(JOB | {"treshold": 0.9}).encode(),
    "10 MB": json.dumps({"text": "- Python and PostgreSQL\n" * 450_000}).encode(),
}


@pytest.mark.parametrize("case", WRONG_JOBS)
def test_a_wrong_posting_is_refused_with_a_reason(world: World, case: str) -> None:
    before = len(world.service.get("/api/jobs"))
    answer = world.api.post("/api/jobs", content=WRONG_JOBS[case], headers={"Content-Type": "application/json"})
    refused(answer, 400, 413, 422)
    assert len(world.service.get("/api/jobs")) == before


def test_ten_megabytes_are_turned_away_before_anyone_asks_who_sends_them(world: World) -> None:
    """Bodies are read before credentials are judged: a stranger must not fill our memory."""
    with world.anonymous() as stranger:
        refused(stranger.post("/api/jobs", content=b"x" * 10_000_000), 413)
        refused(stranger.post("/api/jobs", content=(b"x" * 100_000 for _ in range(100))), 413)
        refused(stranger.post("/jobs/new", files={"file": ("posting.md", b"x" * 10_000_000)}), 413)
        refused(stranger.post("/login", files={"key": ("key", b"x" * 10_000_000)}), 413)
        for path in ("batches", "v1/candidates"):  # as the addresses end that take large bodies
            refused(stranger.post(f"/connect/nobody/{path}", content=b"x" * 10_000_000), 413)


ODD_TITLES = {
    "Nurse\r\nBcc: all@evil.example": "Nurse Bcc: all@evil.example",
    "A\0B\x1b[31m": "AB[31m",
    "\u202egnp.exe\u2066 \u200b": "\u202egnp.exe\u2066 \u200b",
    "\u200b\u2060": "Backend Engineer (Python)",
    "   ": "Backend Engineer (Python)",
    SCRIPT: SCRIPT,
}


def test_odd_titles_stay_on_one_line_and_out_of_the_markup(world: World) -> None:
    made = [(world.service.post("/api/jobs", {"text": POSTING, "title": title}), title) for title in ODD_TITLES]
    assert {title: job["title"] for job, title in made} == ODD_TITLES
    for path in ("/", *(f"/jobs/{job['id']}" for job, _ in made)):
        assert SCRIPT not in world.api.get(path).text
    for job, title in made:
        if title in (SCRIPT, "Nurse\r\nBcc: all@evil.example"):  # as it comes into messages
            [found] = world.upload(("a.txt", RESUME), job_id=job["id"])
            world.invite(found["id"])


NO_CHANGE: list[dict[str, Any]] = [
    {"title": None},
    {"title": "\u200b"},
    {"threshold": None},
    {"invite_policy": None},
    {"minutes": None},
    {"state": None},
    {"state": "burnt"},
    {"max_interviews": 0},
    {"max_interviews": 10**30},
    {"requirements": []},
]


@pytest.mark.parametrize("change", NO_CHANGE, ids=str)
def test_a_change_that_makes_no_sense_changes_nothing(world: World, change: dict[str, Any]) -> None:
    path = f"/api/jobs/{world.job_id}"
    before = world.service.get(path)
    refused(world.api.patch(path, json=change), 422)
    assert world.service.get(path) == before
    assert world.api.patch(path, json={"max_interviews": None}).status_code == 200, "no cap is a cap one can choose"


REQUIREMENT: dict[str, Any] = {"id": "r1", "text": "Python", "kind": "skill", "must_have": True}
WRONG_REQUIREMENTS: dict[str, Any] = {
    "none": [],
    "no list": REQUIREMENT,
    "twice the same id": [REQUIREMENT, REQUIREMENT],
    "no id": [REQUIREMENT | {"id": ""}],
    "a long id": [REQUIREMENT | {"id": "x" * 5000}],
    "no text": [REQUIREMENT | {"text": ""}],
    "nul": [REQUIREMENT | {"text": "Py\0thon"}],
    "nul within": [REQUIREMENT | {"alternatives": ["Py\0thon"]}],
    "line": [REQUIREMENT | {"line": 10**30}],
    "years below zero": [REQUIREMENT | {"years": -5}],
    "years nan": [REQUIREMENT | {"years": float("nan")}],
    "infinite weight": [REQUIREMENT | {"weight": float("inf")}],
    "nothing weighs": [REQUIREMENT | {"weight": 0}],
    "an unknown kind": [REQUIREMENT | {"kind": "star sign"}],
    "20,000 of them": [REQUIREMENT | {"id": str(number)} for number in range(20_000)],
}


@pytest.mark.parametrize("case", WRONG_REQUIREMENTS)
def test_wrong_requirements_leave_the_old_ones(world: World, case: str) -> None:
    path = f"/api/jobs/{world.job_id}/requirements"
    before = world.service.get(path)
    body = json.dumps(WRONG_REQUIREMENTS[case])
    refused(world.api.put(path, content=body, headers={"Content-Type": "application/json"}), 400, 413, 422)
    assert world.service.get(path) == before


@pytest.mark.parametrize(
    "edit", [{"version": 10**30}, {"questions": []}, {"title": "a\0b"}, {"minutes": 46}, {"id": None}]
)
def test_a_kit_that_cannot_be_used_is_not_pinned(world: World, edit: dict[str, Any]) -> None:
    path = f"/api/jobs/{world.job_id}/kit"
    before = world.service.get(path)
    refused(world.api.put(path, json=before | edit), 400, 422)
    assert world.service.get(path) == before


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        f"limit={10**30}",
        "limit=x",
        "offset=-1",
        f"offset={10**30}",
        "offset=" + "9" * 5000,
        "stage=zzz",
        "stage=%00",
    ],
)
def test_a_wrong_query_is_refused(world: World, query: str) -> None:
    refused(world.api.get(f"/api/jobs/{world.job_id}/applications?{query}"), 422)


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "1e3", "50.5", "", "\0", "\u202e5"])
def test_a_wrong_number_in_the_form_is_said_beside_it(world: World, number: str) -> None:
    right = {"text": POSTING, "threshold": "50", "minutes": "30", "max_interviews": "3"}
    for name in ("threshold", "minutes", "max_interviews"):
        if number or name == "threshold":  # left empty, the others have a default
            answer = world.api.post("/jobs/new", data=right | {name: number}, headers=HTML)
            assert answer.status_code in (400, 422), name
            assert "<h1" in answer.text


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://①②⑦.⓪.⓪.①/",
        "https://10.0.0.1/",
        "https://192.168.1.1:8443/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://0/",
        "https://user:secret@ats.example.com/",
        "https://user@ats.example.com/",
        "file:///etc/passwd",
        "gopher://ats.example.com/",
        "javascript:alert(1)",
        "//ats.example.com/",
        "https://ats.example.com:99999/",
        "https://ats example.com/",
        "https://" + "a" * 3000 + ".example/",
        "",
        None,
        7,
    ],
)
def test_results_are_not_pushed_to_where_we_do_not_call(world: World, url: str | int | None) -> None:
    before = world.service.get("/api/endpoints")
    refused(world.api.post("/api/endpoints", json={"url": url}), 400, 422)
    assert world.service.get("/api/endpoints") == before


# ---------------------------------------------------------------- uploads


def bomb() -> bytes:
    return zipped({"cv.txt": b"\0" * 60_000_000})


def lying() -> bytes:
    """Its table of contents says 10 bytes, its stream holds 30 MB."""
    packed = bytearray(zipped({"cv.txt": b"a" * 30_000_000}))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = packed.index(signature) + at
        packed[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(packed)


def linked() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("cv.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return packed.getvalue()


UNREADABLE: dict[str, tuple[str, bytes]] = {
    "empty": ("empty.pdf", b""),
    "zip bomb": ("bomb.zip", bomb()),
    "a zip that lies": ("lies.zip", lying()),
    "a zip of a zip": ("outer.zip", zipped({"inner.zip": zipped({"cv.txt": RESUME})})),
    "a way out": ("out.zip", zipped({"../../../../tmp/foyer-was-here.txt": RESUME})),
    "an absolute name": ("root.zip", zipped({"/etc/foyer-was-here": RESUME})),
    "a drive": ("drive.zip", zipped({"C:\\Windows\\foyer.txt": RESUME})),
    "a link": ("link.zip", linked()),
    "half a zip": ("half.zip", zipped({"cv.txt": RESUME})[:200]),
    "no zip": ("empty.zip", zipped({})),
    "a zip that calls itself docx": ("cv.docx", zipped({"cv.txt": RESUME})),
    "a bomb that calls itself docx": ("cv.docx", bomb()),
    "a program": ("cv.pdf", b"\x7fELF" + bytes(range(256)) * 40),
    "noise": ("cv.txt", bytes(range(256)) * 40),
    "half a pdf": ("cv.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog"),
}


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.proves(49)
def test_what_cannot_be_read_is_listed_with_its_reason_and_harms_nobody(world: World, case: str) -> None:
    bad, good = world.upload(UNREADABLE[case], ("good.txt", RESUME))
    assert good["stage"] == "screened"
    assert bad["stage"] == "unreadable"
    assert bad["problem"]
    assert bad["file"].split("/")[0] == UNREADABLE[case][0]
    assert not bad["file"].startswith("/")
    assert "Screening failed" not in bad["problem"], bad["problem"]


ODD_NAMES = [
    "../../etc/passwd",
    "/etc/passwd",
    "..\\..\\cv.txt",
    "a\nb.txt",
    "名前.txt",
    "\u202etxt.exe",
    "x" * 3000 + ".txt",
    SCRIPT + ".txt",
    " ",
    ".",
    "cv",
]


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_an_odd_file_name_is_only_a_name(world: World, name: str) -> None:
    [found] = world.upload((name, RESUME))
    assert found["stage"] == "screened", found["problem"]
    for path in (f"/jobs/{world.job_id}", f"/applications/{found['id']}"):
        answer = world.api.get(path)
        assert answer.status_code == 200
        assert SCRIPT not in answer.text


def test_the_same_file_under_two_names_is_two_applications(world: World) -> None:
    """Under one name it was sent twice, as when an upload goes on after a cut."""
    one, two = world.upload(("cv.txt", RESUME), ("copy of cv.txt", RESUME), ("cv.txt", RESUME))
    assert one["id"] != two["id"]
    assert (one["stage"], one["score"]) == ("screened", two["score"])


def test_an_upload_without_a_file_is_refused(world: World) -> None:
    path = f"/api/jobs/{world.job_id}/batches"
    before = world.api.get(f"/api/jobs/{world.job_id}").json()["counts"]
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(world.api.post(path), 400)
    refused(world.api.post(path, json={"files": []}), 400)
    refused(world.api.post(path, data={"files": "cv.txt"}), 400)
    refused(world.api.post(path, files={"file": ("cv.txt", RESUME)}), 400)
    refused(world.api.post(path, content=b"--x\r\nno header", headers=multipart), 400)
    refused(world.api.post(path, content=b"", headers=multipart), 400)
    refused(world.api.post(path, content=b"--x", headers={"Content-Type": "multipart/form-data"}), 400)
    assert world.api.get(f"/api/jobs/{world.job_id}").json()["counts"] == before


@pytest.mark.proves(58)
def test_a_script_in_a_resume_or_a_posting_is_shown_and_never_run(world: World) -> None:
    hostile = '<img src=x onerror="alert(2)">'
    text = f"# Backend {SCRIPT}\n\n## Requirements\n- 5 years of Python {hostile}\n- PostgreSQL\n"
    job = world.service.post("/api/jobs", {"text": text})
    cv = (
        f"<html><body><h1>Eve {SCRIPT.replace('<', '&lt;')} Moore</h1><script>alert(3)</script>"
        "<p>eve@mail.example</p><h2>Experience</h2><p>Backend engineer, Acme, 2015 - 2024</p>"
        "<ul><li>Nine years of Python &lt;img src=x onerror=&quot;alert(2)&quot;&gt; and PostgreSQL</li></ul>"
    )
    plain = (
        f"Eve {SCRIPT}\neve@mail.example\n\nExperience\nBackend engineer, Acme, 2015 - 2024\n"
        f"- Python {hostile}, PostgreSQL\n"
    )
    for found in world.upload(("cv.html", cv.encode()), ("cv.txt", plain.encode()), job_id=job["id"]):
        assert found["stage"] == "screened", found["problem"]
        assert found["evidence"], "its quotes are on the page"
        for path in ("/", f"/jobs/{job['id']}", f"/applications/{found['id']}"):
            page = world.api.get(path)
            assert SCRIPT not in page.text
            assert hostile not in page.text
            assert "alert(3)" not in page.text
            assert "script-src" not in page.headers["content-security-policy"]
            assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "&lt;img src=x" in page.text


# ---------------------------------------------------------------- one step after another


def test_inviting_twice_is_one_invitation(world: World) -> None:
    application = world.applicant()
    mails = len(world.service.get("/api/deliveries", limit=1000))
    assert world.invite(application) == world.invite(application)
    assert world.api.post(f"/applications/{application}/invite").status_code == 303
    assert len(world.service.get("/api/deliveries", limit=1000)) == mails + 1


def decide_against(world: World, application: str, reason: str) -> None:
    """As a person who has looked."""
    with world.as_person("Maria Lopez") as maria:
        assert maria.get(f"/api/applications/{application}").status_code == 200
        assert maria.post(f"/api/applications/{application}/reject", json={"reason": reason}).status_code == 204


def test_a_rejected_candidate_s_link_no_longer_opens_anything(world: World) -> None:
    application = world.applicant()
    interview = world.invite(application)
    link = world.service.post(f"/api/interviews/{interview}/link", {})["url"]
    reject = f"/api/applications/{application}/reject"
    refused(world.api.post(reject, json={"reason": "\0\0\0"}), 422)
    refused(world.api.post(reject, json={"reason": ""}), 422)
    refused(world.api.post(reject, json={}), 422)
    decide_against(world, application, "a better fit was found")
    with world.anonymous() as candidate:
        assert candidate.get(link).status_code == 410
        candidate.post(link + "/start", data={"consent": "yes"})
    found = world.service.get(f"/api/applications/{application}")
    assert found["stage"] == "rejected", "a decision stands until a person takes it back"


def test_a_rejection_can_be_taken_back(world: World) -> None:
    application = world.applicant()
    interview = world.invite(application)
    decide_against(world, application, "mixed up")
    assert world.invite(application) == interview
    found = world.service.get(f"/api/applications/{application}")
    assert (found["stage"], found["interview_state"]) == ("invited", "invited")
    assert world.room_cookie(interview)


def test_an_application_nobody_has_read_yet_is_neither_invited_nor_lost(world: World) -> None:
    """Between the upload and the reading there is nothing to decide on."""
    files = [("files", (f"{number}.txt", RESUME)) for number in range(30)]
    accepted = world.api.post(f"/api/jobs/{world.job_id}/batches", files=files).json()
    last = accepted["applications"][-1]
    answer = world.api.post(f"/api/applications/{last}/invite", json={})
    if answer.status_code != 200:
        refused(answer, 409)
    batch = f"/api/batches/{accepted['batch_id']}"
    wait_for(lambda: world.service.get(batch), lambda found: found["done"], "screened")
    assert world.service.get(f"/api/applications/{last}")["screening"] is not None


def test_each_step_out_of_turn_has_a_clear_answer(world: World) -> None:
    application = world.applicant()
    refused(world.api.post(f"/api/applications/{application}/retry"), 409)
    refused(world.api.post(f"/applications/{application}/link"), 400)
    interview = world.invite(application)
    refused(world.api.post(f"/api/applications/{application}/retry"), 409)
    refused(world.api.get(f"/api/interviews/{interview}/report"), 404)
    refused(world.api.get(f"/api/interviews/{interview}/report.html"), 404)
    refused(world.api.get(f"/api/interviews/{interview}/recording"), 404)
    assert world.service.get(f"/api/interviews/{interview}/transcript")["turns"] == []


def test_a_delivery_replayed_twice_is_the_same_delivery(world: World) -> None:
    mail = world.ids["delivery_id"]
    known = {each["id"] for each in world.service.get("/api/deliveries", limit=1000)}
    for _ in range(2):
        assert world.service.post(f"/api/deliveries/{mail}/replay", None)["id"] == mail
    assert world.api.post(f"/deliveries/{mail}/replay").status_code == 303

    def delivered() -> Any:
        return next(each for each in world.service.get("/api/deliveries", limit=1000) if each["id"] == mail)

    wait_for(delivered, lambda found: found["state"] == "delivered", "delivered again")
    assert {each["id"] for each in world.service.get("/api/deliveries", limit=1000)} == known


def test_an_endpoint_switched_off_twice_stays_off(world: World) -> None:
    endpoint = world.service.post("/api/endpoints", {"url": "https://ats.example.com/twice"})
    for _ in range(2):
        assert world.api.delete(f"/api/endpoints/{endpoint['id']}").status_code == 204
    [found] = [each for each in world.service.get("/api/endpoints") if each["id"] == endpoint["id"]]
    assert found["enabled"] is False
    assert found["secret"] is None


@pytest.mark.long
def test_five_hundred_tiny_files_in_one_upload_are_all_accounted_for(world: World) -> None:
    """Last, since it does not wait until all are read."""
    job = world.service.post("/api/jobs", {"text": POSTING})
    names = [f"{number}.txt" for number in range(500)]
    parts = [("files", (name, b"")) for name in names]
    accepted = world.api.post(f"/api/jobs/{job['id']}/batches", files=parts).json()
    assert accepted["total"] == 500
    listed = world.service.get(f"/api/jobs/{job['id']}/applications", limit=1000)
    assert {each["file"] for each in listed} == set(names)
    progress = world.service.get(f"/api/batches/{accepted['batch_id']}")
    assert progress["waiting"] + progress["unreadable"] == progress["total"] == 500


# ---------------------------------------------------------------- what is kept of it


@pytest.mark.proves(43)
def test_the_audit_log_says_who_did_what(world: World) -> None:
    own = "/v1/audit"
    world.signed_in("Maria Lopez").close()
    application_id = world.applicant()
    with world.as_person("Maria Lopez") as maria:
        assert maria.post(f"/api/applications/{application_id}/invite", json={"reason": "Strong"}).status_code < 300
        about = maria.get(own, params={"object": application_id}).json()
    decided = next(one for one in about["entries"] if one["action"] == "decision.advance")
    assert about["names"][decided["actor"]] == "Maria Lopez"
    received = next(one for one in about["entries"] if one["action"] == "application.received")
    screened = next(one for one in about["entries"] if one["action"] == "screening.made")
    assert received["actor"].startswith("key:")
    assert screened["actor"] == "foyer"
    assert received["subject"] == screened["subject"] == decided["subject"]
    candidate = world.service.get(f"/api/applications/{application_id}")["candidate_id"]
    theirs = world.api.get(own, params={"candidate": candidate}).json()["entries"]
    assert {one["subject"] for one in theirs} == {received["subject"]}
    first = world.api.get(own, params={"limit": 2}).json()
    second = world.api.get(own, params={"limit": 2, "behind": first["next"]}).json()
    assert [one["seq"] for one in (*first["entries"], *second["entries"])] == [
        first["entries"][0]["seq"] - step for step in range(4)
    ]
    assert "access.signed_in" in {
        one["action"] for one in world.api.get(own, params={"action": "access.", "limit": 1000}).json()["entries"]
    }
    refused(world.api.get(own, params={"after": "2026-01-01T00:00:00"}), 422)
    exported = world.api.get(f"{own}/export").text.splitlines()
    assert auditing.verify_export(exported, [])[received["organisation"]] is None
    assert "Maria" not in "".join(exported)
    with world.as_key(world.stranger) as stranger:
        theirs = stranger.get(own).json()["entries"]
        assert received["organisation"] not in {one["organisation"] for one in theirs}
