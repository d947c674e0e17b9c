"""Interview kits over the real service: started, edited, refused, pinned; and what is said to the checks."""

from __future__ import annotations

import asyncio
import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from interview import events as ev
from models.settings import ROOT
from models.values import InterviewPlan, MustHave, Scorecard
from tests.flow.hostile import RESUME, World, dial
from tests.flow.running import Service, wait_for
from tests.flow.test_room import hear_out

NURSE = (ROOT / "samples" / "jobs" / "intensive_care_nurse.md").read_text()
HTML = {"Accept": "text/html"}


def job_of(service: Service, **settings: Any) -> str:
    return str(service.post("/api/jobs", {"text": NURSE, "minutes": 30, **settings})["id"])


def kit_of(service: Service, job_id: str) -> dict[str, Any]:
    kit: dict[str, Any] = service.get(f"/api/jobs/{job_id}/kit")
    return kit


# ---------------------------------------------------------------- the interface


def test_a_kit_is_suggested_started_and_says_what_it_leaves_out(service: Service) -> None:
    assert len(service.get("/api/kits")) == 12
    job_id = job_of(service)
    assert service.get(f"/api/jobs/{job_id}/kit") is None
    [first] = service.get(f"/api/jobs/{job_id}/kit/suggestions")
    assert first["family"] == "nursing_care"
    assert "The title says" in first["reason"]
    found = service.post(f"/api/jobs/{job_id}/kit/start", {"family": "nursing_care"})
    assert found["findings"] == []
    assert found["seconds"] <= 30 * 60
    assert found["uncovered"] == first["uncovered"]
    assert found["uncovered"], "no kit of the library knows every requirement of a posting"
    asked = [question["kind"] for question in found["plan"]["questions"]]
    assert asked[0] == "check"
    assert kit_of(service, job_id) == found["plan"]
    answer = service.api.post(f"/api/jobs/{job_id}/kit/start", json={"family": "astronaut"})
    assert answer.status_code == 404
    assert "nursing_care" in answer.json()["detail"]


def test_a_job_is_started_from_a_family(service: Service) -> None:
    job_id = job_of(service, kit_family="nursing_care")
    assert kit_of(service, job_id)["competencies"][0]["id"] in {"noticing_change", "handing_over", "safe_practice"}
    [version] = service.get(f"/api/jobs/{job_id}/kit/versions")
    assert (version["version"], version["author"]) == (1, "admin")
    assert version["note"] == "Started from the library: Nursing and care."
    assert service.api.post("/api/jobs", json={"text": NURSE, "kit_family": "astronaut"}).status_code == 404


@pytest.mark.proves(1)
def test_each_save_is_a_version_and_a_stale_one_is_refused(service: Service) -> None:
    job_id = job_of(service, kit_family="nursing_care")
    path, kit = f"/api/jobs/{job_id}/kit", kit_of(service, job_id)
    kit["closing"] = "Thank you. Goodbye."
    changed = service.api.put(path, json=kit, params={"note": "A shorter end", "based_on": 1})
    assert changed.json()["version"] == 2
    again = service.api.put(path, json=kit)
    assert again.json()["version"] == 2, "the same content is no new version"
    late = service.api.put(path, json=kit | {"closing": "Bye."}, params={"based_on": 1})
    assert late.status_code == 409
    assert "version 2" in late.json()["detail"]
    newest, oldest = service.get(f"{path}/versions")
    assert (newest["version"], newest["note"], oldest["version"]) == (2, "A shorter end", 1)
    assert newest["sha256"] != oldest["sha256"]
    assert service.get(f"{path}/versions/1")["closing"] != kit["closing"]
    assert service.api.get(f"{path}/versions/9").status_code == 404


@pytest.mark.proves(2)
def test_a_kit_that_may_not_be_asked_is_refused_with_every_finding(service: Service) -> None:
    job_id = job_of(service, kit_family="nursing_care")
    path, kit = f"/api/jobs/{job_id}/kit", kit_of(service, job_id)
    kit["competencies"][1]["anchors"]["high"] = ""
    kit["questions"][-2]["text"] = "Imagine you are ill. How is your health?"
    kit["competencies"][0]["weight"] = 3
    answer = service.api.put(path, json=kit)
    assert answer.status_code == 422
    for said in (
        "competencies.1.anchors.high: ",
        "what a strong answer (level 5)",
        "(health or disability)",
        "weights",
    ):
        assert said in answer.json()["detail"]
    found = service.post(f"{path}/check", kit)["findings"]
    last = len(kit["questions"]) - 2
    assert {one["path"] for one in found} == {"competencies.1.anchors.high", f"questions.{last}.text", "weights_reason"}
    assert service.get(f"{path}/versions")[0]["version"] == 1
    few = kit_of(service, job_id)
    few["competencies"] = few["competencies"][:3]
    ids = {one["id"] for one in few["competencies"]}
    for name in ("questions", "reserve"):
        few[name] = [one for one in few[name] if one["competency_id"] in {None, *ids}]
    refused = service.api.put(path, json=few)
    assert refused.status_code == 422
    assert "has 5 to 8 competencies; this one has 3" in refused.json()["detail"]


# ---------------------------------------------------------------- the page


class Fields(HTMLParser):
    """What a browser would send of the page's editing form."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._area = self._select = ""
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._inside = known.get("class", "").endswith("kit")
        if not self._inside:
            return
        name = known.get("name", "")
        match tag:
            case "input" if known["type"] != "checkbox" or "checked" in known:
                self.sent.append((name, known.get("value", "")))
            case "textarea":
                self._area = name
                self.sent.append((name, ""))
            case "select":
                self._select = name
            case "option" if "selected" in known:
                self.sent.append((self._select, known["value"]))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[-1] = (self._area, self.sent[-1][1] + data)


def form_of(page: str) -> list[tuple[str, str]]:
    parser = Fields()
    parser.feed(page)
    return parser.sent


def sent(fields: list[tuple[str, str]], **other: str) -> dict[str, list[str]]:
    """With some fields set otherwise (`__` for the dots of a path)."""
    said: dict[str, list[str]] = {}
    for name, value in fields:
        said.setdefault(name, []).append(value)
    return said | {name.replace("__", "."): [value] for name, value in other.items()}


def test_the_page_saves_what_was_edited_and_nothing_else(service: Service) -> None:
    job_id = job_of(service, kit_family="nursing_care")
    path, before = f"/jobs/{job_id}/kit", kit_of(service, job_id)
    page = service.api.get(path, headers=HTML)
    assert "Not covered by this kit" in page.text
    fields = form_of(page.text)
    unchanged = service.api.post(path, data=sent(fields, actor="Ann", action="save"), headers=HTML)
    assert unchanged.status_code == 303
    assert kit_of(service, job_id) == before, "what nobody touched comes back as it was"
    edited = sent(fields, actor="Ann", note="Plainer", competencies__0__name="Seeing change", action="save")
    assert service.api.post(path, data=edited, headers=HTML).status_code == 303
    after = kit_of(service, job_id)
    assert after["competencies"][0]["name"] == "Seeing change"
    before["competencies"][0]["name"], before["version"] = "Seeing change", 2
    assert after == before
    newest = service.get(f"/api/jobs/{job_id}/kit/versions")[0]
    assert (newest["author"], newest["note"]) == ("Ann (key: admin)", "Plainer")
    late = service.api.post(path, data=edited | {"competencies.0.name": ["Else"]}, headers=HTML)
    assert late.status_code == 409
    assert "Else" in late.text, "what was typed is not lost"


def test_the_page_shows_every_finding_at_its_field(service: Service) -> None:
    job_id = job_of(service, kit_family="nursing_care")
    path = f"/jobs/{job_id}/kit"
    fields = form_of(service.api.get(path, headers=HTML).text)
    wrong = sent(fields, actor="Ann", competencies__0__anchors__low="", competencies__1__weight="heavy", minutes="30")
    answer = service.api.post(path, data=wrong, headers=HTML)
    assert answer.status_code == 422
    assert 'id="competencies-1-weight-problem"' in answer.text, "first what is no plan at all"
    wrong = sent(fields, actor="Ann", competencies__0__anchors__low="", questions__2__text="Are you married?")
    answer = service.api.post(path, data=wrong, headers=HTML)
    assert answer.status_code == 422
    for field in ("competencies-0-anchors-low", "questions-2-text"):
        assert f'id="{field}-problem"' in answer.text
        assert f'href="#{field}"' in answer.text
    nobody = service.api.post(path, data=sent(fields, title="Other"), headers=HTML)
    assert nobody.status_code == 400
    assert "Write your name" in nobody.text
    assert len(service.get(f"/api/jobs/{job_id}/kit/versions")) == 1


def test_competencies_and_checks_are_added_moved_and_taken_out(service: Service) -> None:
    job_id = job_of(service, kit_family="nursing_care")
    path, before = f"/jobs/{job_id}/kit", kit_of(service, job_id)
    fields = form_of(service.api.get(path, headers=HTML).text)
    grown = service.api.post(path, data=sent(fields, action="add_competency"), headers=HTML)
    assert grown.status_code == 200
    more = form_of(grown.text)
    number = len(before["competencies"])
    assert (f"competencies.{number}.name", "") in more
    checked = form_of(service.api.post(path, data=sent(more, action="add_check"), headers=HTML).text)
    new = next(name for name, value in checked if name.endswith(".id") and value == "check_1")
    own = next(name for name, value in checked if value == "competency_1_past" and name.endswith(".id"))
    ahead = next(name for name, value in checked if value == "competency_1_ahead" and name.endswith(".id"))
    edits = {
        "actor": "Ann",
        f"competencies.{number}.name": "Teaching others",
        f"competencies.{number}.anchors.low": "Says that others should learn by watching.",
        f"competencies.{number}.anchors.medium": "Showed somebody how a task is done, once.",
        f"competencies.{number}.anchors.high": "Had somebody do it, gave feedback, and checked a week later.",
        own.replace(".id", ".text"): "Tell me about somebody whom you taught something.",
        ahead.replace(".id", ".text"): "Imagine a new colleague starts tomorrow. What would you do?",
        new.replace(".id", ".text"): "Do you hold a current licence of this state?",
        "competencies.0.remove": "yes",
    }
    saved = service.api.post(path, data=sent(checked) | {name: [value] for name, value in edits.items()}, headers=HTML)
    assert saved.status_code == 303, re.findall(r"-problem..(.*?)</span>", saved.text)
    after = kit_of(service, job_id)
    names = [one["name"] for one in after["competencies"]]
    assert names == [one["name"] for one in before["competencies"][1:]] + ["Teaching others"]
    assert before["competencies"][0]["id"] not in {one["competency_id"] for one in after["questions"]}
    assert after["questions"][-1]["kind"] == "candidate_questions"
    assert f"I will ask you {len(after['questions'])} questions" in after["welcome"], "nobody counts by hand"
    assert after["questions"][-2]["id"] == "competency_1_past"
    assert "check_1" in [one["id"] for one in after["questions"]]
    assert InterviewPlan.model_validate(after).reserve[-1].id == "competency_1_ahead"


@pytest.mark.parametrize(
    "data",
    [
        {"questions.0.probes": "x", "questions.0.probes.0.text": "y"},
        {"competencies.0.name": "a\0b"},
        {"based_on": "9" * 50},
        {"minutes": "1e9"},
        {"questions.999.text": "x"},
        {"competencies.0.anchors": "x"},
    ],
)
def test_a_form_from_elsewhere_is_refused(service: Service, data: dict[str, str]) -> None:
    job_id = job_of(service, kit_family="nursing_care")
    fields = sent(form_of(service.api.get(f"/jobs/{job_id}/kit", headers=HTML).text), actor="Ann", title="Other")
    answer = service.api.post(f"/jobs/{job_id}/kit", data=fields | data, headers=HTML)
    assert answer.status_code in (400, 422), answer.text[:500]
    assert len(service.get(f"/api/jobs/{job_id}/kit/versions")) == 1


# ---------------------------------------------------------------- pinned, and answered


@pytest.mark.proves(1)
@pytest.mark.long
def test_an_invited_interview_keeps_its_kit_and_its_checks_are_read(service: Service, tmp_path: Path) -> None:
    job_id = job_of(service, kit_family="nursing_care", minutes=5)
    kit = kit_of(service, job_id)
    resume = tmp_path / "resume.txt"
    resume.write_bytes(RESUME)
    batch = service.upload(job_id, [resume])
    wait_for(lambda: service.get(f"/api/batches/{batch['batch_id']}"), lambda found: found["done"], "screened")
    world = World(service, {}, "", "", job_id)
    interview_id = world.invite(batch["applications"][0])
    service.put(f"/api/jobs/{job_id}/kit", kit | {"closing": "Another end."})
    pinned = service.get(f"/api/interviews/{interview_id}")
    versions = {one["version"]: one["sha256"] for one in service.get(f"/api/jobs/{job_id}/kit/versions")}
    assert (pinned["kit_version"], pinned["kit_sha256"]) == (1, versions[1])
    assert versions[2] != versions[1]
    cookie = world.room_cookie(interview_id)

    async def talk() -> None:
        async with dial(world, cookie) as line:
            await line.join()
            await hear_out(line, "question")
            await line.say(ev.TextAnswer(text="No, not yet. I have applied for it."))
            await hear_out(line, "question")
            await line.say(ev.Button(action="finish"))
            await line.until(ev.Completed)

    asyncio.run(asyncio.wait_for(talk(), 60))
    report = f"/api/interviews/{interview_id}/report"
    wait_for(lambda: service.api.get(report).status_code, lambda status: status == 200, "the report")
    card = Scorecard.model_validate(service.get(report))
    assert card.versions["kit"] == "1"
    assert card.versions["kit_sha256"] == versions[1]
    [check] = [one for one in kit["questions"] if one["kind"] == "check"]
    found: tuple[MustHave, ...] = card.must_haves
    assert [one.requirement_id for one in found] == check["requirement_ids"]
    assert {(one.status, one.quote) for one in found} == {("not_met", "No, not yet.")}
    page = html.unescape(service.api.get(f"{report}.html").text)
    assert versions[1] in page, "the report says which kit was asked"
