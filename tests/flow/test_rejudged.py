"""A job asks for something else after people were screened: shown before, judged anew after, nothing withdrawn."""

from __future__ import annotations

from typing import Any

import pytest

from models.settings import ROOT
from tests.flow.running import Service, wait_for

POSTING = (ROOT / "samples" / "jobs" / "backend_engineer.md").read_text()
NAMES = ("amara-okafor.pdf", "ewan-mackay.txt", "hannah-whitcombe.pdf", "siobhan-kavanagh.html")


def rows(service: Service, job: str) -> dict[str, Any]:
    return {row["file"]: row for row in service.get(f"/api/jobs/{job}/applications")}


def scored(service: Service, job: str, differ_from: dict[str, Any] | None = None) -> dict[str, Any]:
    def done(found: dict[str, Any]) -> bool:
        if len(found) < len(NAMES) or any(row["score"] is None for row in found.values()):
            return False
        return differ_from is None or all(
            row["score"] != differ_from[name]["score"] for name, row in found.items() if row["stage"] == "screened"
        )

    return wait_for(lambda: rows(service, job), done, "all judged", 120)


@pytest.mark.long
def test_other_requirements_judge_anew_whom_nobody_has_invited(service: Service) -> None:
    job = service.post("/api/jobs", {"text": POSTING, "threshold": 0.9})["id"]
    service.upload(job, [ROOT / "samples" / "resumes" / name for name in NAMES])
    before = scored(service, job)
    invited = before["amara-okafor.pdf"]
    service.post(f"/api/applications/{invited['id']}/invite", {})

    asked = service.get(f"/api/jobs/{job}/requirements")
    lighter = {"weights": {one["id"]: 0.0 for one in asked[1:]}, "threshold": 0.0}
    shown = service.post(f"/api/jobs/{job}/preview", lighter)
    assert shown["screened"] == sum(shown["counts"].values()) == sum(shown["histogram"]) == len(NAMES) - 1
    other = [{"id": "ward", "text": "Nursing on a ward", "kind": "skill", "must_have": False}]
    expected = service.post(f"/api/jobs/{job}/preview", {"requirements": other, "threshold": 0.2})
    assert rows(service, job) == before | {"amara-okafor.pdf": rows(service, job)["amara-okafor.pdf"]}, "nothing saved"

    assert service.api.put(f"/api/jobs/{job}/requirements", json=other).status_code == 200
    assert service.api.patch(f"/api/jobs/{job}", json={"threshold": 0.2}).status_code == 200
    after = scored(service, job, differ_from=before)
    assert after["amara-okafor.pdf"]["score"] == invited["score"], "the invited keeps what led to the invitation"
    assert after["amara-okafor.pdf"]["stage"] == "invited"
    wait_for(
        lambda: [row["decision"] for row in rows(service, job).values() if row["stage"] == "screened"],
        lambda found: {one: found.count(one) for one in ("advance", "review", "below")} == expected["counts"],
        "the decisions that the preview showed",
        60,
    )
